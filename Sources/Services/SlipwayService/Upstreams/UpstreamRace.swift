/// Lets questions to an upstream run against the clock: the first answer counts, and nobody waits beyond the end.
struct UpstreamRace: Sendable {
    let runtime: Runtime

    /// What came out, and whether the second question brought it.
    struct Outcome<Value: Sendable>: Sendable {
        let result: Result<Value, UpstreamFailure>
        let isBySecond: Bool
    }

    private enum Turn<Value: Sendable>: Sendable {
        case ended(Result<Value, UpstreamFailure>, isSecond: Bool)
        case late
        case second
    }

    /// Runs `body`, and once more beside it after `delay` milliseconds if `mayHedge` says so then. A failure waits for the
    /// other one, if there is one.
    func run<Value: Sendable>(
        until end: UInt64,
        hedgeAfter delay: Double? = nil,
        mayHedge: @escaping @Sendable () -> Bool = { false },
        _ body: @escaping @Sendable () async -> Result<Value, UpstreamFailure>
    ) async -> Outcome<Value> {
        await withTaskGroup(of: Turn<Value>.self) { group in
            let rest = Int64(milliseconds(until: end))
            group.addTask { .ended(await body(), isSecond: false) }
            group.addTask { [runtime] in
                // A wait that is cut short is nobody's any more.
                try? await runtime.sleep(rest)
                return .late
            }
            if let delay, Int64(delay) < rest {
                group.addTask { [runtime] in
                    try? await runtime.sleep(Int64(delay.rounded(.up)))
                    return .second
                }
            }
            var underWay = 1
            var failure: UpstreamFailure?
            while let turn = await group.next() {
                switch turn {
                case .late:
                    group.cancelAll()
                    let cause: UpstreamFailure = Task.isCancelled ? .cancelled : .late
                    return Outcome(result: .failure(cause), isBySecond: false)
                case .second:
                    guard !Task.isCancelled, mayHedge() else { continue }
                    underWay += 1
                    group.addTask { .ended(await body(), isSecond: true) }
                case .ended(.success(let value), let isSecond):
                    group.cancelAll()
                    return Outcome(result: .success(value), isBySecond: isSecond)
                case .ended(.failure(let cause), _):
                    underWay -= 1
                    failure = failure ?? cause
                    guard underWay == 0 else { continue }
                    group.cancelAll()
                    return Outcome(result: .failure(failure ?? cause), isBySecond: false)
                }
            }
            return Outcome(result: .failure(.late), isBySecond: false)
        }
    }

    /// What is left until `end`, at least a millisecond.
    func milliseconds(until end: UInt64) -> Int {
        let now = runtime.monotonicNanoseconds()
        return end > now ? ModelRunner.milliseconds(from: now, to: end) : 1
    }
}
