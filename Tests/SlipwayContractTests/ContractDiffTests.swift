import Testing

@testable import SlipwayContract

@Suite("Two contracts")
struct ContractDiffTests {
    static let base = """
        apiVersion: v3.1.0
        kind: DataContract
        id: c
        version: 1.0.0
        schema:
          - name: t
            quality: [{metric: rowCount, mustBeGreaterThan: 100}]
            properties:
              - {name: id, logicalType: integer, primaryKey: true}
              - {name: x, logicalType: number, required: true, logicalTypeOptions: {minimum: 0, maximum: 10}}
              - {name: s, logicalType: string, unique: true, logicalTypeOptions: {maxLength: 8, pattern: "^a"}}
              - {name: c, quality: [{metric: invalidValues, arguments: {validValues: [A, B]}, mustBe: 0}]}
              - {name: n, quality: [{metric: nullValues, mustBeLessThan: 5, unit: percent}]}
        slaProperties: [{property: freshness, value: 2, unit: d, element: t.x}]

        """

    static let changes: [(edit: (String, String), effect: ContractDiff.Effect, sentence: String)] = [
        (
            ("              - {name: n, quality: [{metric: nullValues, mustBeLessThan: 5, unit: percent}]}\n", ""),
            .breaking, "the column is gone"
        ),
        (
            ("{name: id, logicalType: integer, primaryKey: true}", "{name: id, logicalType: integer}"), .breaking,
            "id is no longer a key"
        ),
        (("required: true, ", ""), .breaking, "that it is never missing is no longer promised"),
        (("unique: true, ", ""), .breaking, "that it never repeats is no longer promised"),
        (
            ("name: id, logicalType: integer", "name: id, logicalType: string"), .breaking,
            "it is string, it was integer"
        ),
        (("name: x, logicalType: number", "name: x, logicalType: integer"), .harmless, "it is integer, it was number"),
        (("minimum: 0", "minimum: -1"), .breaking, "its minimum is -1, it was 0"),
        (("minimum: 0", "minimum: 1"), .harmless, "its minimum is 1, it was 0"),
        (("minimum: 0", "exclusiveMinimum: 0"), .harmless, "its minimum is 0 (exclusive), it was 0"),
        (("maximum: 10", "maximum: 11"), .breaking, "its maximum is 11, it was 10"),
        (("minimum: 0, maximum: 10", "minimum: 0"), .breaking, "the maximum 10 is gone"),
        (("maxLength: 8", "maxLength: 9"), .breaking, "its largest length is 9, it was 8"),
        (("maxLength: 8", "maxLength: 7"), .harmless, "its largest length is 7, it was 8"),
        (("pattern: \"^a\"", "pattern: \"^b\""), .breaking, "its pattern is ^b, it was ^a"),
        (("[A, B]", "[A, B, C]"), .breaking, "new values may come: C"),
        (("[A, B]", "[A]"), .harmless, "values do not come any more: B"),
        (("mustBeLessThan: 5", "mustBeLessThan: 6"), .breaking, "must be less than 6, it was less than 5"),
        (("mustBeLessThan: 5", "mustBeLessThan: 4"), .harmless, "must be less than 4, it was less than 5"),
        (("mustBeLessThan: 5", "mustBeLessOrEqualTo: 5"), .breaking, "must be at most 5"),
        (("mustBeGreaterThan: 100", "mustBeGreaterThan: 50"), .breaking, "must be more than 50"),
        (("value: 2", "value: 3"), .breaking, "the data may be 3 d old, it was 2 d"),
        (("value: 2", "value: 1"), .harmless, "the data are at most 1 d old, it was 2 d"),
        (("    quality: [{metric: rowCount, mustBeGreaterThan: 100}]\n", ""), .breaking, "the rule is gone"),
        (("slaProperties", "# slaProperties"), .breaking, "freshness of 2 d is no longer promised"),
    ]

    @Test("say which change breaks", arguments: changes)
    func change(edit: (String, String), effect: ContractDiff.Effect, sentence: String) throws {
        // The literal's indentation is taken off the text, not off the edits.
        let (from, to) = (edit.0.replacing("              - ", with: "      - "), edit.1)
        #expect(Self.base.contains(from), "\(from)")
        let diff = ContractDiff(
            from: try Contract(yaml: Self.base),
            to: try Contract(yaml: Self.base.replacing(from, with: to))
        )
        #expect(diff.changes.count == 1, "\(diff.changes)")
        #expect(diff.changes.first?.effect == effect, "\(diff.changes)")
        #expect(diff.changes.first?.sentence.contains(sentence) == true, "\(diff.changes)")
        #expect(diff.isBreaking == (effect == .breaking))
    }

    @Test("that are the same have no changes, and a new column is harmless")
    func harmless() throws {
        let old = try Contract(yaml: Self.base)
        #expect(ContractDiff(from: old, to: old).changes.isEmpty)
        let more = Self.base.replacing("    properties:\n", with: "    properties:\n      - {name: new}\n")
        let diff = ContractDiff(from: old, to: try Contract(yaml: more))
        #expect(diff.changes.map(\.sentence) == ["the column is new"])
        #expect(!diff.isBreaking)
    }
}
