import Glibc
import SlipwayWire

/// How many files and sockets this process may have open.
enum FileLimit {
    /// Raises the limit as far as the system lets a process raise its own; gives what it then is.
    static func raise() -> Int {
        var limit = rlimit()
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(kind, &limit) == 0 else { return 1024 }
        if limit.rlim_cur < limit.rlim_max {
            let wanted = rlimit(rlim_cur: limit.rlim_max, rlim_max: limit.rlim_max)
            withUnsafePointer(to: wanted) { if setrlimit(kind, $0) == 0 { limit = wanted } }
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// The connections that a server takes at once: so many, or what the raised limit leaves room for.
    static func budget(_ most: Int? = nil) -> ConnectionBudget {
        let budget = ConnectionBudget.forFiles(raise())
        return most.map { ConnectionBudget(most: min($0, budget.most)) } ?? budget
    }
}
