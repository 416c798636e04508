internal import GRDB
internal import SlipwayDomain
internal import Synchronization

/// SQLite's `X REGEXP Y`, which SQLite itself leaves to the program: a search by `LinearPattern`, so that no pattern of a
/// client can hold a connection for longer than its text is long.
enum PatternFunction {
    /// A function for one connection; patterns that were read stay read.
    static func make() -> DatabaseFunction {
        let known = Mutex<[String: LinearPattern]>([:])
        return DatabaseFunction("regexp", argumentCount: 2, pure: true) { values in
            guard let pattern = String.fromDatabaseValue(values[0]), let text = String.fromDatabaseValue(values[1])
            else { return nil }
            let compiled = try known.withLock { known throws -> LinearPattern in
                if let found = known[pattern] { return found }
                if known.count >= 64 { known.removeAll() }
                let compiled = try LinearPattern(pattern)
                known[pattern] = compiled
                return compiled
            }
            return compiled.matches(in: text)
        }
    }
}
