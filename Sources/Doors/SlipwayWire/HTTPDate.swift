package import SlipwayDomain
internal import Synchronization

/// The time as HTTP's `Date` tells it (RFC 9110, section 5.6.7), written once a second.
package final class HTTPDate: Sendable {
    private let now: @Sendable () -> Instant
    private let written = Mutex<(second: Int64, text: String)>((.min, ""))

    package init(now: @escaping @Sendable () -> Instant) { self.now = now }

    /// Such as `Sun, 06 Nov 1994 08:49:37 GMT`.
    package var text: String {
        let instant = now()
        let second = instant.milliseconds / 1000
        return written.withLock { written in
            if written.second != second { written = (second, Self.text(of: instant)) }
            return written.text
        }
    }

    static func text(of instant: Instant) -> String {
        // "1994-11-06T08:49:37Z"
        let parts = instant.description.split { "-T.Z".contains($0) }
        let month = months[(Int(parts[1]) ?? 1) - 1]
        // The first day of 1970 was a Thursday.
        let days = (instant.milliseconds - (instant.milliseconds % 86_400_000 + 86_400_000) % 86_400_000) / 86_400_000
        let weekday = weekdays[Int(((days + 4) % 7 + 7) % 7)]
        return "\(weekday), \(parts[2]) \(month) \(parts[0]) \(parts[3]) GMT"
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
