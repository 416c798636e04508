internal import Dispatch

/// A thread for actors whose work is long beside an answer: what they do then holds up no socket.
///
/// Tasks run on the threads that read the sockets (ADR 7), and so do actors that say nothing else.
package final class ActorThread: SerialExecutor {
    private let queue: DispatchQueue

    package init(name: String) { queue = DispatchQueue(label: "slipway.\(name)") }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    /// Ends the process when the caller runs elsewhere.
    package func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }
}
