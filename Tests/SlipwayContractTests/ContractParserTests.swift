import SlipwayPolicy
import Testing

@testable import SlipwayContract

@Suite("A contract in ODCS 3.1")
struct ContractParserTests {
    static let yaml = """
        apiVersion: v3.1.0
        kind: DataContract
        id: flights
        name: Flights
        version: 1.2.0
        status: active
        description: {purpose: Departures out of New York}
        team: {name: ops}
        schema:
          - name: flights
            physicalName: flights.parquet
            customProperties: [{property: additionalColumns, value: false}]
            quality:
              - {metric: rowCount, mustBeBetween: [1000, 2000000]}
              - {metric: duplicateValues, arguments: {properties: [flight, day]}, mustBe: 0}
              - {type: sql, name: late share, query: "SELECT avg(late) FROM {object}", mustBeLessThan: 0.5}
              - {type: text, description: Looks right}
            properties:
              - {name: flight, logicalType: string, primaryKey: true, primaryKeyPosition: 2}
              - {name: day, logicalType: date, primaryKey: true, primaryKeyPosition: 1}
              - name: delay
                logicalType: number
                physicalType: DOUBLE
                required: true
                logicalTypeOptions: {minimum: -120, exclusiveMaximum: 2000.50, multipleOf: 0.5}
                quality:
                  - {metric: nullValues, mustBeLessThan: 5, unit: percent, severity: warning, dimension: completeness}
              - name: carrier
                logicalType: string
                unique: false
                logicalTypeOptions: {minLength: 2, maxLength: 2, pattern: "^[0-9A-Z]{2}$", format: iata}
                quality:
                  - metric: invalidValues
                    arguments: {validValues: [AA, 9E]}
                    mustBe: 0
        slaProperties:
          - {property: freshness, value: 2, unit: d, element: flights.day}
          - {property: availability, value: 99.9, unit: percent}
        """

    @Test("is read with everything that can be held against data, and names what cannot")
    func whole() throws {
        let contract = try Contract(yaml: Self.yaml)
        let table = try contract.table(named: nil)
        #expect(contract.version == "1.2.0")
        #expect(table.isClosed)
        #expect(table.primaryKey == ["day", "flight"])
        #expect(table.rules.map(\.metric.word) == ["rowCount", "duplicateValues", "sql"])
        #expect(table.rules[0].bound == .between(1000, 2_000_000))
        let delay = table.columns[2]
        #expect(delay.limits.minimum == .init("-120"))
        #expect(delay.limits.maximum == .init("2000.50", isExclusive: true))
        #expect(delay.rules[0].isWarning && delay.rules[0].unit == .percent)
        #expect(table.columns[3].rules[0].metric == .invalidValues(ValueLimits(values: ["AA", "9E"])))
        #expect(
            contract.freshness == [
                FreshnessRule(table: "flights", column: "day", milliseconds: 172_800_000, text: "2 d")
            ]
        )
        #expect(
            contract.notices.map { "\($0.line) \($0.place): \($0.message)" } == [
                "17 flights: the rule is written for people",
                "31 flights.carrier: the option 'format' is not checked",
                "38 slaProperties.availability: this service level is not visible in a batch of data",
            ]
        )
    }

    static let mistakes: [(edit: (String, String), message: String)] = [
        (
            ("apiVersion: v3.1.0", "apiVersion: v2.2.0"),
            "contract.yaml:1:13: apiVersion cannot be 'v2.2.0': did you mean"
        ),
        (("kind: DataContract\n", ""), "contract.yaml:1:1: the contract has no 'kind'"),
        (("id: flights\n", ""), "has no 'id'"),
        (("version: 1.2.0\n", ""), "has no 'version'"),
        (("team: {name: ops}", "taem: {name: ops}"), ":8:1: unknown key 'taem' in the contract: did you mean 'team'?"),
        (("logicalType: number", "logicalType: nubmer"), "cannot be 'nubmer': did you mean 'number'?"),
        (("required: true", "required: maybe"), "flights.properties.required must be true or false"),
        (("minimum: -120", "minimum: 3000"), "has a minimum above its maximum"),
        (("minLength: 2", "minLength: 3"), "has a minLength above its maxLength"),
        (("minLength: 2", "minimum: 2"), "unknown key 'minimum'"),
        (("multipleOf: 0.5", "multipleOf: 0"), "must be above 0"),
        (("mustBeLessThan: 5", "mustBeLesThan: 5"), "unknown key 'mustBeLesThan'"),
        (("mustBeLessThan: 5", "name: x"), "has no bound: add one such as 'mustBe: 0'"),
        (("mustBeLessThan: 5", "mustBeLessThan: 5, mustBe: 0"), "has mustBe and mustBeLessThan: make it one rule each"),
        (("mustBeLessThan: 5", "mustBeLessThan: five"), "must be a number such as 0.05, not 'five'"),
        (("[1000, 2000000]", "[2000000, 1000]"), "has its larger number first: swap them"),
        (("[1000, 2000000]", "[1000]"), "must be two numbers such as [10, 20]"),
        (("metric: rowCount", "metric: rowcount"), "cannot be 'rowcount': did you mean 'rowCount'?"),
        (("metric: nullValues", "metric: rowCount"), "rowCount is a rule of the table, move it there"),
        (("metric: rowCount", "metric: nullValues"), "nullValues is a rule of a property, move it there"),
        (("arguments: {properties: [flight, day]}, ", ""), "needs 'arguments: {properties: [a, b]}'"),
        (("validValues: [AA, 9E]", "validValues: [AA, ~]"), "cannot hold null"),
        (("query: \"SELECT avg(late) FROM {object}\", ", ""), "has no 'query'"),
        (("unit: percent, severity", "unit: kilos, severity"), "unit cannot be 'kilos': use rows or percent"),
        (("unit: d, element", "unit: fortnights, element"), "slaProperties.unit cannot be 'fortnights'"),
        (("name: day, logicalType: date", "name: flight, logicalType: date"), "has two properties named 'flight'"),
        (("primaryKeyPosition: 2", "primaryKeyPosition: two"), "must be a whole number"),
    ]

    @Test("is refused with the line and what to write", arguments: mistakes)
    func mistake(edit: (String, String), message: String) throws {
        #expect(Self.yaml.contains(edit.0), "\(edit.0)")
        let error = #expect(throws: ContractError.self) {
            try Contract(yaml: Self.yaml.replacing(edit.0, with: edit.1))
        }
        let text = try #require(error).description
        #expect(text.contains(message), "\(text)")
    }

    @Test("of the standard's other shapes is read too")
    func shapes() throws {
        let old = """
            apiVersion: v3.0.2
            kind: DataContract
            id: 53581432-6c55-4ba2-a65f-72344a91553a
            version: 1.0.0
            slaDefaultElement: t.at
            schema:
              - name: t
                properties:
                  - {name: at, logicalType: timestamp}
                  - {name: k, physicalName: key_column, quality: [{rule: duplicateCount, mustBeLessThan: 10}]}
            slaProperties: [{property: latency, value: 4, unit: h}]
            """
        let contract = try Contract(yaml: old)
        #expect(contract.tables[0].columns[1].name == "key_column")
        #expect(contract.tables[0].columns[1].rules[0].metric == .duplicateValues([]))
        #expect(contract.freshness[0].milliseconds == 14_400_000)
    }

    @Test("that is written is read back as the same")
    func roundTrip() throws {
        let contract = try Contract(yaml: Self.yaml)
        let text = ContractWriter().text(of: contract)
        let again = try Contract(yaml: text)
        #expect(again.tables == contract.tables, "\(text)")
        #expect(again.freshness == contract.freshness)
        #expect(ContractWriter().text(of: again) == text)
    }

    @Test("keeps awkward names and values through writing and reading")
    func awkward() throws {
        let names = [
            "a b", "yes", "null", "1", "1e5", "über", "quo\"te", "back\\slash", "tab\tnew\nline", "#x", "- y", ": z",
            "🛫",
        ]
        let columns = names.map { name in
            ContractColumn(
                name: name,
                type: .string,
                limits: ValueLimits(pattern: "^\(name)\\d+$", values: nil),
                rules: [
                    QualityRule(metric: .invalidValues(ValueLimits(values: names)), bound: .equal(0)),
                    QualityRule(metric: .missingValues([name]), bound: .atMost(1.5), unit: .percentOfPresent),
                ]
            )
        }
        let contract = Contract(id: "a: b", version: "1.0", tables: [ContractTable(name: "t #1", columns: columns)])
        let text = ContractWriter().text(of: contract)
        #expect(try Contract(yaml: text).tables == contract.tables, "\(text)")
    }
}
