import Foundation
import SlipwayDomain
import Testing

@Suite struct GoldenReplayTests {
    @Test func `each of the 393 recorded answers of MLflow is given here too, field by field`() async throws {
        let entries = try GoldenEntry.all()
        #expect(entries.count == 393)
        let labels = Set(entries.map(\.label))
        #expect(labels.count == entries.count)
        #expect(GoldenDifference.all.keys.allSatisfy(labels.contains), "a difference names no entry")
        try await withServer { server in
            var replay = GoldenReplay(http: server.http)
            for entry in entries {
                let wrong = try await replay.check(entry)
                #expect(wrong == nil, "'\(entry.label)': \(wrong ?? "")")
            }
            #expect(try await server.isHealthy())
        }
    }
}
