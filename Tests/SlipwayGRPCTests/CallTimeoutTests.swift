import Testing

@testable import SlipwayGRPC

@Suite struct CallTimeoutTests {
    @Test(
        arguments: [
            ("1H", 3_600_000_000_000), ("2M", 120_000_000_000), ("3S", 3_000_000_000), ("250m", 250_000_000),
            ("7u", 7000),
            ("99999999n", 99_999_999), ("99999999M", 5_999_999_940_000_000_000), ("99999999H", .max),
        ] as [(String, UInt64)]
    )
    func `a deadline is a number and a unit`(text: String, nanoseconds: UInt64) {
        #expect(CallTimeout.nanoseconds(text) == nanoseconds)
    }

    @Test(arguments: ["", "S", "5", "-1S", "1.5S", "999999999S", "5x", "5 S", "²S"])
    func `what is no deadline is none`(text: String) {
        #expect(CallTimeout.nanoseconds(text) == nil)
    }
}
