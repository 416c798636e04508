import SlipwayDomain
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

    @Test("one score a row, several numbers that are no shares, and outputs of different lengths are no classes")
    func others() {
        let single = Tensor(name: "s", shape: [2], data: .fp32([0.1, 0.9]))
        let numbers = Tensor(name: "y", shape: [2, 3], data: .fp32([1, 2, 3, 4, 5, 6]))
        let label = Tensor(name: "label", shape: [3], data: .int64([1, 2, 3]))
        #expect(said([single]) == nil && said([numbers]) == nil && said([]) == nil)
        #expect(said([label, Self.matrix])?.width == 0, "the scores of other rows are not taken")
        let infinite = Tensor(name: "p", shape: [1, 3], data: .fp32([.nan, 0.5, 0.5]))
        #expect(said([infinite]) == nil)
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
