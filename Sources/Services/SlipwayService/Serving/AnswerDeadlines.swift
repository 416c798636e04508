internal import Synchronization

/// Answers in the place of models that hang: a run is stopped between two of its steps, and one step may never end.
///
/// One clock serves all who wait: a timer for each request costs more than a small model does. So an answer may be cut off
/// a tick late.
final class AnswerDeadlines: Sendable {
    typealias Answer = @Sendable (Result<[Tensor], any Error>) -> Void

    private struct State {
        var waiting: [UInt64: (deadline: UInt64, answer: Answer)] = [:]
        var next: UInt64 = 0
        var isTicking = false
    }

    private let runtime: Runtime
    private let state = Mutex(State())

    private static let tickMilliseconds: Int64 = 50

    init(_ runtime: Runtime) { self.runtime = runtime }

    /// What is to be called with the answer: `answer` hears the first thing only, and `late` when nothing has come by
    /// `deadline`, in monotonic nanoseconds.
    func guarded(until deadline: UInt64, _ answer: @escaping Answer) -> Answer {
        let (number, isFirst) = state.withLock { state in
            state.next += 1
            state.waiting[state.next] = (deadline, answer)
            defer { state.isTicking = true }
            return (state.next, !state.isTicking)
        }
        // Lives for as long as somebody waits.
        if isFirst { Task { await tick() } }
        return { [self] result in
            state.withLock { $0.waiting.removeValue(forKey: number) }?.answer(result)
        }
    }

    private func tick() async {
        var isOver = false
        while !isOver {
            // Where nobody can sleep (a test's clock), nobody is cut off.
            let slept: Void? = try? await runtime.sleep(Self.tickMilliseconds)
            let isAwake = slept != nil && !Task.isCancelled
            // A clock that does not wait must not keep others from their turn.
            await Task.yield()
            let now = runtime.monotonicNanoseconds()
            let late = state.withLock { state in
                let late = isAwake ? state.waiting.filter { $0.value.deadline <= now } : [:]
                for number in late.keys { state.waiting[number] = nil }
                isOver = state.waiting.isEmpty || !isAwake
                state.isTicking = !isOver
                return late
            }
            for one in late.values { one.answer(.failure(ModelRunner.late)) }
        }
    }
}
