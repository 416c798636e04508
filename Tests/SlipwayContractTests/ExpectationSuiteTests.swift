import Testing

@testable import SlipwayContract

@Suite("A suite of Great Expectations")
struct ExpectationSuiteTests {
    @Test("becomes a contract, and what has no counterpart is listed")
    func suite() throws {
        let json = """
            {"name": "flights", "expectations": [
              {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "a"}},
              {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "b", "mostly": 0.99}},
              {"type": "expect_column_values_to_be_between", "kwargs": {"column": "b", "min_value": 0, "max_value": 10, "strict_max": true}},
              {"type": "expect_column_values_to_be_between", "kwargs": {"column": "a", "min_value": 0, "mostly": 0.95}},
              {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "c", "value_set": ["x", "y"]}},
              {"expectation_type": "expect_column_values_to_match_regex", "kwargs": {"column": "c", "regex": "[a-z]$"}},
              {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "a"}},
              {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 10}},
              {"type": "expect_column_mean_to_be_between", "kwargs": {"column": "b", "min_value": 1, "max_value": 5}},
              {"type": "expect_compound_columns_to_be_unique", "kwargs": {"column_list": ["a", "b"]}},
              {"type": "expect_column_values_to_be_of_type", "kwargs": {"column": "a", "type_": "int64"}},
              {"type": "expect_column_kl_divergence_to_be_less_than", "kwargs": {"column": "a"}},
              {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "a", "row_condition": "b > 0"}}
            ]}
            """
        let suite = try ExpectationSuite(json: Array(json.utf8), table: "flights")
        #expect(suite.translated == 11)
        #expect(
            suite.untranslated.map(\.message) == [
                "expect_column_kl_divergence_to_be_less_than: has no counterpart",
                "expect_column_values_to_not_be_null: row conditions have no counterpart",
            ]
        )
        let table = suite.contract.tables[0]
        #expect(table.columns.map(\.name) == ["a", "b", "c"])
        #expect(table.columns[0].isRequired && table.columns[0].isUnique && table.columns[0].type == .integer)
        #expect(table.columns[0].rules[0].unit == .percentOfPresent && table.columns[0].rules[0].bound == .atMost(5))
        #expect(table.columns[1].rules[0].bound == .atMost(1) && table.columns[1].rules[0].unit == .percent)
        #expect(table.columns[2].rules[1].metric == .invalidValues(ValueLimits(pattern: "^(?:[a-z]$)")))
        let text = ContractWriter().text(of: suite.contract)
        #expect(try Contract(yaml: text).tables == suite.contract.tables, "\(text)")
    }

    @Test("that is none is refused", arguments: ["", "[]", "{}", "{\"expectations\": 1}", "nonsense"])
    func refused(text: String) {
        #expect(throws: ContractError.self) { try ExpectationSuite(json: Array(text.utf8), table: "t") }
    }
}
