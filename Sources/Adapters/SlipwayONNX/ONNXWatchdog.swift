import Foundation
import Glibc

/// Stops runs that take longer than they may, with one thread for the whole process.
///
/// The thread starts with the first deadline. SAFETY: all mutable state is touched only while `mutex` is held.
final class ONNXWatchdog: @unchecked Sendable {
    /// One run that is being watched.
    struct Watch {
        let identifier: UInt64
        /// The run options by which the library is told to stop.
        let options: OpaquePointer
    }

    private struct Deadline {
        let options: OpaquePointer
        let nanoseconds: UInt64
        var passed = false
    }

    private let functions: ONNXFunctions
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var deadlines: [UInt64: Deadline] = [:]
    private var nextIdentifier: UInt64 = 0
    /// Options of runs that ended in time, for the next ones.
    private var idle: [OpaquePointer] = []
    private var isRunning = false
    /// When the thread will wake by itself.
    private var wakesAt = UInt64.max

    init(functions: ONNXFunctions) {
        self.functions = functions
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // The monotonic clock: a step of the wall clock must not stop a run.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    /// Reached only before the thread has started, because the thread holds the watchdog.
    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Begins to watch a run, which must use the options of the result.
    func start(milliseconds: Int) throws(ONNXError) -> Watch {
        let (wait, overflow) = UInt64(max(0, milliseconds)).multipliedReportingOverflow(by: 1_000_000)
        let (sum, late) = Self.now().addingReportingOverflow(overflow ? 0 : wait)
        let end = overflow || late ? UInt64.max : sum
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let options = try unusedOptions()
        nextIdentifier += 1
        deadlines[nextIdentifier] = Deadline(options: options, nanoseconds: end)
        if !isRunning {
            isRunning = true
            Thread.detachNewThread { self.watch() }
        } else if end < wakesAt {
            wakesAt = end
            pthread_cond_signal(condition)
        }
        return Watch(identifier: nextIdentifier, options: options)
    }

    private func unusedOptions() throws(ONNXError) -> OpaquePointer {
        if let options = idle.popLast() { return options }
        var options: OpaquePointer?
        try functions.check(functions.createRunOptions(&options)) { .runFailed(code: $0, message: $1) }
        guard let options else { throw .runFailed(code: .fail, message: "the library gave no run options") }
        return options
    }

    /// Ends the watch after the run has ended, and says whether the run was told to stop.
    func finish(_ watch: Watch) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let passed = deadlines.removeValue(forKey: watch.identifier)?.passed ?? false
        if passed {
            functions.releaseRunOptions(watch.options)
        } else {
            idle.append(watch.options)
        }
        return passed
    }

    private func watch() {
        pthread_mutex_lock(mutex)
        while true {
            let now = Self.now()
            // Most runs are over before the thread has woken: it keeps the time for which it was woken all the same, lest
            // each run wake it.
            if wakesAt <= now { wakesAt = .max }
            for (identifier, deadline) in deadlines where !deadline.passed {
                if deadline.nanoseconds <= now {
                    deadlines[identifier]?.passed = true
                    // The only failure is a missing argument, and the options are there until `finish`.
                    if let status = functions.runOptionsSetTerminate(deadline.options) {
                        functions.releaseStatus(status)
                    }
                } else {
                    wakesAt = min(wakesAt, deadline.nanoseconds)
                }
            }
            if wakesAt == .max {
                pthread_cond_wait(condition, mutex)
            } else {
                var time = timespec(tv_sec: Int(wakesAt / 1_000_000_000), tv_nsec: Int(wakesAt % 1_000_000_000))
                pthread_cond_timedwait(condition, mutex, &time)
            }
        }
    }

    /// The monotonic clock, in nanoseconds.
    static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
