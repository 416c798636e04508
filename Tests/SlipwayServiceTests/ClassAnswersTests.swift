import SlipwayDomain
import SlipwayStore
import Testing

@testable import SlipwayService

/// Says nothing by itself.
private struct Named: LoadedModel {
    let inputs = [TensorSignature(name: "x", type: .fp32, shape: [-1, 2])]
    let outputs: [TensorSignature] = []
    let metadata: [String: String]

    func run(_ inputs: [Tensor], outputs: [String]?, timeoutMilliseconds: Int) throws(ServiceError) -> [Tensor] { [] }
}

@Suite("What a classifier of several classes says")
struct ClassAnswersTests {
    private static let scores: [Float] = [0.1, 0.7, 0.2, 0.5, 0.2, 0.3]
    private static let matrix = Tensor(name: "p", shape: [2, 3], data: .fp32(scores))

    private func said(_ outputs: [Tensor], metadata: [String: String] = [:]) -> ClassAnswers? {
        LoadedVersion(version: 1, digest: "", model: Named(metadata: metadata)).classAnswers(in: outputs)
    }

    @Test("the class that the model names is the one; else the greatest score's, by name or by place")
    func chosen() throws {
        let numbers = Tensor(name: "label", shape: [2], data: .int64([30, 10]))
        let texts = Tensor(name: "label", shape: [2], data: .bytes(["b", "a"]))
        #expect(try #require(said([numbers, Self.matrix])).chosen == ["30", "10"])
        #expect(try #require(said([texts, Self.matrix])).chosen == ["b", "a"])
        let alone = try #require(said([Self.matrix]))
        #expect(alone.chosen == ["1", "0"] && alone.names == nil && alone.width == 3)
        #expect(alone.scores.map { Float($0) } == [0.7, 0.5])
        let named = try #require(said([Self.matrix], metadata: ["slipway.labels.p": #"["a","b","c"]"#]))
        #expect(named.chosen == ["b", "a"] && named.names == ["a", "b", "c"])
        let short = try #require(said([Self.matrix], metadata: ["slipway.labels.p": #"["a","b"]"#]))
        #expect(short.chosen == ["1", "0"], "a list of other length names nothing")
        let sure = try #require(said([texts]))
        #expect(sure.chosen == ["b", "a"] && sure.scores == [1, 1] && sure.width == 0)
    }

    @Test("one score a row and scores that are no numbers choose nothing; scores of any size are made shares")
    func others() throws {
        let single = Tensor(name: "s", shape: [2], data: .fp32([0.1, 0.9]))
        let label = Tensor(name: "label", shape: [3], data: .int64([1, 2, 3]))
        #expect(said([single]) == nil && said([]) == nil)
        #expect(said([label, Self.matrix])?.width == 0, "the scores of other rows are not taken")
        let broken = Tensor(name: "p", shape: [1, 3], data: .fp32([.nan, 0.5, 0.5]))
        let one = Tensor(name: "label", shape: [1], data: .int64([1]))
        #expect(said([broken], metadata: ["slipway.labels.p": #"["a","b","c"]"#]) == nil && said([one, broken]) == nil)
        let raw = Tensor(name: "p", shape: [2, 3], data: .fp32([1, 2, 3, 0, .infinity, 0]))
        let shares = try #require(said([raw]))
        #expect(shares.chosen == ["2", "1"] && abs(shares.scores[0] - 0.6652409557748219) < 1e-12)
        #expect(shares.scores[1] == 1)
        // Two classes are several, and a width of one beside them is not looked at.
        let two = Tensor(name: "p", shape: [2, 2], data: .fp32([0.2, 0.8, 0.6, 0.4]))
        #expect(said([two, single])?.chosen == ["1", "0"])
    }

    @Test("a class that no label could equal is not kept")
    func longTexts() throws {
        let version = LoadedVersion(version: 1, digest: "", model: Named(metadata: [:]))
        let text = String(repeating: "x", count: 1001)
        let record = PredictionRecord(
            id: "p",
            model: "m",
            version: version,
            time: Instant(milliseconds: 0),
            key: nil,
            nanoseconds: 1,
            inputs: [Tensor(name: "x", shape: [2, 2], data: .fp32([1, 2, 3, 4]))],
            outputs: [Tensor(name: "label", shape: [2], data: .bytes([text, "short"]))],
            counterpart: nil,
            meter: nil
        )
        let kept = try RowNotes(areClasses: true, columns: [], estimators: []).rows(record)
        #expect(kept.map(\.answer) == [nil, "short"] && kept.map(\.score) == [1, 1])
        let other = try RowNotes(areClasses: false, columns: [], estimators: []).rows(record)
        #expect(other.allSatisfy { $0.answer == nil && $0.score == nil }, "a model of another task chooses nothing")
    }

    @Test("columns of scores are named by the model, or learnt from its choices")
    func names() throws {
        let label = Tensor(name: "label", shape: [2], data: .bytes(["b", "a"]))
        let answers = try #require(said([label, Self.matrix]))
        var names = ColumnNames()
        names.learn(answers)
        let found = names.scores(of: ["a", "c"], in: answers.matrix)
        #expect(found[0].map { Float($0) } == 0.1 && found[1] == nil, "nobody chose the third class")
        // The same column by another name.
        names.learn(try #require(said([Tensor(name: "label", shape: [2], data: .bytes(["x", "a"])), Self.matrix])))
        #expect(names.scores(of: ["a"], in: answers.matrix) == [nil])
    }
}
