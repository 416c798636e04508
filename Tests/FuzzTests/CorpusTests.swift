import Foundation
import Testing

/// The corpus that fuzzing has gathered, as an ordinary test: each input as it is, and some changes to each.
@Suite struct CorpusTests {
    /// Changes to each input.
    private static let rounds: UInt64 = 40

    private static func corpus(_ target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = root.appendingPathComponent("Fuzz/Corpus/\(target.rawValue)").path
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { name in
            (name, Array(try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))))
        }
    }

    @Test(arguments: FuzzTarget.allCases)
    func `no input of the corpus crashes a decoder or breaks a promise, nor does any like it`(_ target: FuzzTarget)
        throws
    {
        let inputs = try Self.corpus(target)
        #expect(inputs.count >= 10, "the corpus of \(target) is there")
        for (index, input) in inputs.enumerated() {
            #expect(target.violation(input.bytes) == nil, "\(target)/\(input.name)")
            var mutator = ByteMutator(seed: UInt64(index))
            for round in 0..<Self.rounds {
                let bytes = mutator.mutated(input.bytes, other: inputs[(index + 1) % inputs.count].bytes)
                let reason = target.violation(bytes)
                #expect(reason == nil, "\(target)/\(input.name), change \(round): \(bytes)")
            }
        }
    }
}
