import Foundation
import SlipwayDomain
import Synchronization
import Testing

/// What clients were told before the power went.
final class ClientMemory: Sendable {
    private struct State {
        var nextStep = [Int64](repeating: 0, count: 3)
        var acknowledged = [[Int64]](repeating: [], count: 3)
        var orders: [String: String] = [:]
        var orderCount = 0
    }

    private let state = Mutex(State())

    var counts: (points: Int, orders: Int) { state.withLock { ($0.acknowledged.joined().count, $0.orderCount) } }

    /// Steps that nobody used before.
    func newSteps(writer: Int, _ count: Int64) -> Range<Int64> {
        state.withLock { state in
            defer { state.nextStep[writer] += count }
            return state.nextStep[writer]..<(state.nextStep[writer] + count)
        }
    }

    func acknowledge(writer: Int, _ steps: Range<Int64>) { state.withLock { $0.acknowledged[writer] += steps } }

    func points(writer: Int) -> (acknowledged: [Int64], sent: Int64) {
        state.withLock { ($0.acknowledged[writer], $0.nextStep[writer]) }
    }

    func remember(_ release: String, ends outcome: String) {
        state.withLock { state in
            state.orders[release] = outcome
            state.orderCount += 1
        }
    }

    /// Whether an acknowledged order for this release is still being carried out.
    func wasTold(_ release: String) -> Bool { state.withLock { $0.orders[release] != nil } }

    func takeOrders() -> [String: String] {
        state.withLock { state in
            defer { state.orders = [:] }
            return state.orders
        }
    }
}

/// What clients do until the power goes.
struct CrashTraffic: Sendable {
    let http: RawHTTP
    let run: String
    let memory: ClientMemory

    static func makeRun(_ http: RawHTTP) async throws -> String {
        let answer = try await http.post(RawHTTP.mlflow + "/runs/create", ["experiment_id": "0", "start_time": 1])
        guard let run = answer.json?["run"]?["info"]?["run_id"]?.string else { throw SystemTestError("\(answer)") }
        return run
    }

    /// Logs points until no server answers: one writer one by one, the others 10 and 100 at a time.
    func logMetrics(writer: Int) async {
        while true {
            let steps = memory.newSteps(writer: writer, [1, 10, 100][writer])
            let points = steps.map { step -> JSONValue in
                ["key": .string("m\(writer)"), "value": .integer(step * 2), "timestamp": 5, "step": .integer(step)]
            }
            do {
                let answer: Answer
                if points.count == 1, var point = points[0].object {
                    point["run_id"] = .string(run)
                    answer = try await http.post(RawHTTP.mlflow + "/runs/log-metric", .object(point))
                } else {
                    answer = try await http.post(
                        RawHTTP.mlflow + "/runs/log-batch",
                        ["run_id": .string(run), "metrics": .array(points)]
                    )
                }
                guard answer.isSuccess else {
                    Issue.record("a metric was refused: \(answer)")
                    return
                }
                memory.acknowledge(writer: writer, steps)
            } catch {
                // The power went; whether these points were stored nobody was told.
                return
            }
        }
    }

    /// Ships the version that does not serve, and promotes it, calls it off or rolls it back, until no server answers.
    func release(_ generator: SeededGenerator) async throws {
        var random = generator
        while true {
            let release: String
            do {
                release = try await underWay()
                try await pause(milliseconds: Int.random(in: 0...40, using: &random))
                if !memory.wasTold(release) {
                    let order = ["promote", "abort", "rollback"].randomElement(using: &random) ?? "abort"
                    let path = order == "rollback" ? "/models/tiny/rollback" : "/releases/\(release)/\(order)"
                    try remember(try await http.post(RawHTTP.native + path))
                }
                _ = try await http.finished(release)
            } catch let error as Unexpected {
                throw error
            } catch {
                // The power went.
                return
            }
        }
    }

    /// The release that an earlier life left open, or a new one.
    private func underWay() async throws -> String {
        let report = try await http.get(RawHTTP.native + "/models/tiny")
        guard let model = report.json, let serving = model["serving"]?["version"]?.integer else {
            throw Unexpected(answer: report)
        }
        let open = model["releases"]?.array?.last { $0["outcome"]?.string == nil }
        if let open = open?["release"]?.string { return open }
        let answer = try await http.post("\(RawHTTP.native)/models/tiny/versions/\(3 - serving)/ship")
        guard let release = answer.json?["release"]?["release"]?.string else { throw Unexpected(answer: answer) }
        return release
    }

    /// Notes how the release must end, by what the answer to an order says.
    private func remember(_ answer: Answer) throws {
        // The release ended on its own meanwhile, and there is no version to go back to: nothing was promised.
        if answer.status == 409 { return }
        guard answer.isSuccess, let state = answer.json, let release = state["release"]?.string else {
            throw Unexpected(answer: answer)
        }
        if let outcome = state["outcome"]?.string {
            memory.remember(release, ends: outcome)
        } else if ["promoting", "preparing"].contains(state["phase"]?.string) {
            // An order that nobody heard of before the power went may have promoted it already.
            memory.remember(release, ends: "promoted")
        } else {
            throw Unexpected(answer: answer)
        }
    }

    /// An answer that no power cut explains.
    struct Unexpected: Error, CustomStringConvertible {
        let answer: Answer
        var description: String { "unexpected answer \(answer)" }
    }
}

/// Asks until the answer is yes, but not for ever.
func eventually(within seconds: Double = 10, _ body: () async throws -> Bool) async throws {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while try await !body() {
        guard Date() < deadline else { throw SystemTestError("nothing came of it within \(seconds) seconds") }
        try await Task.sleep(for: .milliseconds(20))
    }
}
