import SlipwayStatistics
import Testing

@Suite("Hashes and random numbers never change")
struct StableHashTests {
    @Test("XXH64 values computed by the xxhash package")
    func vectors() {
        #expect(StableHash.hash("") == 0xEF46_DB37_51D8_E999)
        #expect(StableHash.hash("a") == 0xD24E_C4F1_A98C_6E5B)
        #expect(StableHash.hash("abc", seed: 1) == 0xBEA9_CA81_9932_8908)
        #expect(StableHash.hash("0123456789abcdef0123456789abcdef-tail!", seed: 7) == 0xC40F_A6C7_C383_90EE)
        #expect(StableHash.hash("héllo wörld") == 0x6004_1BFE_C530_413C)
        #expect(StableHash.hash(1.5) == 0x49F7_B96B_6B5C_CAF9)
        #expect(StableHash.hash(-0.0) == StableHash.hash(0.0))
        #expect(stableHash("user-42", salt: "release-7") == 0x73A8_F959_2064_BD24)
    }

    @Test("shares of keys are as asked, grow monotonically, and salts are independent")
    func shares() {
        let keys = (0..<20_000).map { "user-\($0)" }
        var previous: Set<String> = []
        for share in [0.05, 0.25, 0.5] {
            let chosen = Set(keys.filter { stableUnit($0, salt: "r1") < share })
            #expect(abs(Double(chosen.count) / 20_000 - share) < 0.015)
            #expect(previous.isSubset(of: chosen))
            previous = chosen
        }
        let both = keys.count { stableUnit($0, salt: "r1") < 0.5 && stableUnit($0, salt: "r2") < 0.5 }
        #expect(abs(Double(both) / 20_000 - 0.25) < 0.015)
    }

    @Test("SplitMix64 gives the published sequence for seed 1234567")
    func generator() {
        var generator = SplitMix64(seed: 1_234_567)
        #expect(generator.next() == 6_457_827_717_110_365_317)
        #expect(generator.next() == 3_203_168_211_198_807_973)
        #expect(generator.unit() < 1)
    }
}
