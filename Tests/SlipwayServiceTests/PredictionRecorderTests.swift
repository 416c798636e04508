import SlipwayDomain
import SlipwayRelease
import SlipwaySQLite
import SlipwayService
import SlipwayStore
import Testing

@Suite("Keeping predictions")
struct PredictionRecorderTests {
    @Test("who flushes finds what was answered before, also when another flush has taken it and still writes")
    func concurrent() async throws {
        let world = try await World.qualified(["fake one"])
        let server = world.start()
        _ = try await server.finish(server.ship(1).plan.release)
        let input = Tensor(name: "input", shape: [1, 2], data: .fp32([0.5, 0.5]))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<200 {
                group.addTask {
                    let request = InferenceRequest(id: nil, key: "\(index)", inputs: [input], outputs: nil)
                    let answer = try await server.inference.infer(model: World.model, version: nil, request: request)
                    try await server.recorder.flush()
                    let row = try await world.database.read {
                        try PredictionTable.row(answer.predictionID, model: World.model, in: $0)
                    }
                    #expect(row != nil, "prediction \(index)")
                }
            }
            try await group.waitForAll()
        }
    }
}
