import SlipwayDomain
import Testing

@testable import SlipwayTabular

@Suite struct EngineJSONTests {
    @Test func `numbers that are none become texts, and texts stay what they are`() throws {
        let text = #"{"a":NaN,"b":[Infinity,-Infinity,-1.5],"s":"NaN \" -Infinity \\","t":"\\","u":NaN}"#
        let value = try JSONValue(parsing: EngineJSON.strict(text))
        #expect(value["a"]?.string == "NaN" && value["u"]?.string == "NaN")
        #expect(value["b"] == ["Infinity", "-Infinity", -1.5])
        #expect(value["s"]?.string == #"NaN " -Infinity \"# && value["t"]?.string == "\\")
    }
}
