import SlipwayJSON
import Testing

@Suite("JSON writer")
struct JSONWriterTests {
    @Test(
        "Integers are written as Swift spells them",
        arguments: [0, 7, -7, 10, 1_700_000_000_000, .max, .min] as [Int64]
    )
    func integers(value: Int64) {
        var writer = JSONWriter()
        writer.array([value, 1]) { $0.integer($1) }
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "[\(value),1]")
    }
}
