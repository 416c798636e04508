internal import Dispatch
internal import Glibc
package import SlipwayService
internal import Synchronization

/// Asks the system for the addresses of host names, on threads of its own and not for long.
package struct HostResolver: Sendable {
    private let queue = DispatchQueue(label: "slipway.resolver", attributes: .concurrent)
    /// A slow name server must not hold what waits for it for longer.
    private static let seconds = 5

    package init() {}

    /// All addresses of the name in the system's order; none when it is not known, or not in time.
    // Inlined into an actor, a checked continuation goes on outside of it (Swift 6.3, optimised): a race.
    @inline(never)
    package func addresses(of host: String) async -> [HostAddress] {
        await withCheckedContinuation { continuation in
            let answer = FirstAnswer(continuation)
            queue.async { answer.give(Self.lookUp(host)) }
            queue.asyncAfter(deadline: .now() + .seconds(Self.seconds)) { answer.give([]) }
        }
    }

    private static func lookUp(_ host: String) -> [HostAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var found: [HostAddress] = []
        var next = list
        while let entry = next {
            if let address = address(entry.pointee), !found.contains(address) { found.append(address) }
            next = entry.pointee.ai_next
        }
        return found
    }

    private static func address(_ entry: addrinfo) -> HostAddress? {
        guard let raw = UnsafeRawPointer(entry.ai_addr) else { return nil }
        switch entry.ai_family {
        case AF_INET:
            let address = raw.loadUnaligned(as: sockaddr_in.self).sin_addr
            return withUnsafeBytes(of: address) { HostAddress(bytes: Array($0)) }
        case AF_INET6:
            let address = raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            return withUnsafeBytes(of: address) { HostAddress(bytes: Array($0)) }
        default: return nil
        }
    }
}

/// Resumes whoever waits with the answer that comes first.
private final class FirstAnswer: Sendable {
    private let waiting: Mutex<CheckedContinuation<[HostAddress], Never>?>

    init(_ continuation: CheckedContinuation<[HostAddress], Never>) { waiting = Mutex(continuation) }

    func give(_ addresses: [HostAddress]) {
        let continuation = waiting.withLock { slot in
            defer { slot = nil }
            return slot
        }
        continuation?.resume(returning: addresses)
    }
}
