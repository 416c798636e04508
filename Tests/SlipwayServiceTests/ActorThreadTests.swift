import Testing

@testable import SlipwayService

@Suite struct ActorThreadTests {
    /// An actor that tells where it runs.
    private actor Worker {
        nonisolated let thread: ActorThread
        nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }
        private(set) var sum = 0

        init(_ thread: ActorThread) { self.thread = thread }

        func add(_ number: Int, after pause: () async -> Void) async {
            thread.checkIsolated()
            let before = sum
            await pause()
            // Also after a wait.
            thread.checkIsolated()
            sum = max(sum, before) + number
        }
    }

    @Test func anActorStaysOnItsThreadAlsoAfterAWait() async {
        let worker = Worker(ActorThread(name: "test"))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 { group.addTask { await worker.add(1) { await Task.yield() } } }
        }
        #expect(await worker.sum > 0)
    }

    @Test func twoActorsOfOneThreadNeverRunAtOnce() async {
        let thread = ActorThread(name: "test")
        let workers = (0..<4).map { _ in Worker(thread) }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<400 { group.addTask { await workers[number % 4].add(1) {} } }
        }
        for worker in workers { #expect(await worker.sum == 100) }
    }
}
