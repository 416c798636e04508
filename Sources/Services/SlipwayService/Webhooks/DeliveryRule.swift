internal import SlipwayDomain
internal import SlipwayStore

/// What follows from an attempt: a pure step of a delivery's life.
enum DeliveryRule {
    /// Attempts before a delivery is given up, about half an hour after the first.
    static let mostAttempts = 12
    static let firstWait = Span.seconds(1)
    static let longestWait = Span.minutes(15)
    /// A receiver may ask for more time than that, but not for more than this.
    static let longestAskedWait = Span.hours(1)

    /// The delivery after an attempt that ended with `outcome`; `random` are fresh random bits.
    static func after(
        _ outcome: DeliveryOutcome,
        _ delivery: DeliveryRow,
        at now: Instant,
        random: UInt64
    ) -> DeliveryRow {
        var next = delivery
        next.attempts += 1
        switch outcome {
        case .answered(let status, _) where (200...299).contains(status):
            next.state = .delivered
            next.reason = nil
        case .answered(let status, let retryAfter) where [408, 425, 429].contains(status) || status >= 500:
            next.reason = "the receiver answered \(status)"
            tryAgain(&next, at: now, asked: retryAfter.flatMap { wait($0, now: now) }, random)
        case .answered(let status, _):
            next.state = .failed
            next.reason =
                (300...399).contains(status)
                ? "the receiver answered \(status), and redirects are not followed" : "the receiver answered \(status)"
        case .failed(let reason):
            next.reason = reason
            tryAgain(&next, at: now, asked: nil, random)
        case .refused(let reason):
            next.state = .failed
            next.reason = reason
        }
        if next.state != .waiting { next.finishedAt = now }
        return next
    }

    /// Waits twice as long each time, and up to as long again, so that receivers are not hit by all at once.
    private static func tryAgain(_ delivery: inout DeliveryRow, at now: Instant, asked: Span?, _ random: UInt64) {
        guard delivery.attempts < mostAttempts else {
            delivery.state = .failed
            return
        }
        let doubled = firstWait.milliseconds << Int64(delivery.attempts - 1)
        let base = min(doubled, longestWait.milliseconds)
        let wait = base + Int64(random % UInt64(base + 1))
        let longer = min(asked ?? Span(milliseconds: 0), longestAskedWait)
        delivery.nextAt = now + max(Span(milliseconds: wait), longer)
    }

    /// The meaning of a `Retry-After` header (RFC 9110 section 10.2.3): seconds, or a date; nil when it says nothing.
    static func wait(_ header: String, now: Instant) -> Span? {
        if let seconds = UInt32(header) { return .seconds(Int64(seconds)) }
        // "Sun, 06 Nov 1994 08:49:37 GMT"
        let parts = header.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])),
            let time = Instant("\(parts[3])-\(month < 9 ? "0" : "")\(month + 1)-\(parts[1])T\(parts[4])Z"), time > now
        else { return nil }
        return time - now
    }
}
