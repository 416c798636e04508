import SlipwayDomain
import SlipwayLedger
import Testing

@Suite("A ledger entry has one form")
struct EntryTests {
    @Test("The canonical bytes are read back as the same entry")
    func roundTrip() throws {
        let entry = Sample.entry(7)
        let bytes = try entry.canonicalBytes
        let parsed = try Entry(canonicalBytes: bytes)
        #expect(parsed == entry)
        #expect(try parsed.canonicalBytes == bytes)
        #expect(parsed.name == "version.registered")
        #expect(parsed.type == "dev.slipway.version.registered")
    }

    @Test(
        "Large doubles in the data survive reading and writing",
        arguments: [1e17, 1e20, 4.611686018427388e18, 1e300, -0.0]
    )
    func largeNumbers(number: Double) throws {
        let entry = Entry(
            id: EntryID("e"),
            source: "/s",
            name: "drift.recorded",
            subject: "models/m",
            time: Instant(milliseconds: 0),
            actor: "a",
            data: ["effect": .number(number)]
        )
        let bytes = try entry.canonicalBytes
        let parsed = try Entry(canonicalBytes: bytes)
        #expect(parsed.data["effect"]?.number == number)
        #expect(try parsed.canonicalBytes == bytes)
    }

    @Test("Data that JSON cannot hold is refused when writing")
    func notFinite() {
        let entry = Entry(
            id: EntryID("e"),
            source: "/s",
            name: "x",
            subject: "models/m",
            time: Instant(milliseconds: 0),
            actor: "a",
            data: ["effect": .number(.nan)]
        )
        #expect(throws: LedgerError.self) { try entry.canonicalBytes }
    }

    static let good =
        #"{"actor":"a","data":{},"datacontenttype":"application/json","id":"e","source":"/s","specversion":"1.0","#
        + #""subject":"m","time":"2013-04-01T05:00:00.000Z","type":"t"}"#

    static let mistakes: [(old: String, new: String, says: String)] = [
        (#""actor":"a","#, "", "actor"), (#""data":{},"#, "", "data"), (#""id":"e""#, #""id":"""#, "id"),
        (#""id":"e""#, #""id":5"#, "id"), (#""specversion":"1.0""#, #""specversion":"0.3""#, "specversion"),
        ("application/json", "text/plain", "datacontenttype"),
        (#""type":"t""#, #""type":"t","x":1"#, "unknown member \"x\""),
        ("05:00:00.000Z", "05:00:00Z", "canonical"), ("05:00:00.000Z", "25:00:00.000Z", "time"),
        (#""actor":"a""#, #" "actor":"a""#, "canonical"), (#""data":{}"#, #""data":{"b":1,"a":2}"#, "canonical"),
        (#""data":{}"#, #""data":{"a":1.0}"#, "canonical"), (#""data":{}"#, #""data":{"a":1,"a":1}"#, "twice"),
        (#""type":"t"}"#, #""type":"t""#, "JSON"), (#""subject":"m""#, #""subject":null"#, "subject"),
    ]

    @Test("Anything but the canonical form is refused with the reason", arguments: mistakes)
    func refuses(old: String, new: String, says: String) throws {
        #expect(try Entry(canonicalBytes: Array(EntryTests.good.utf8)).subject == "m")
        let bad = EntryTests.good.replacing(old, with: new)
        #expect(bad != EntryTests.good)
        let error = #expect(throws: LedgerError.self) { try Entry(canonicalBytes: Array(bad.utf8)) }
        #expect(error?.description.contains(says) == true, "\(String(describing: error))")
    }

    @Test("Golden: the bytes and leaf hash of a fixed entry")
    func golden() throws {
        let bytes = try Sample.entry(1).canonicalBytes
        try expectGolden(String(decoding: bytes, as: UTF8.self) + "\n" + MerkleHash.leaf(bytes).hex + "\n", "entry.txt")
    }
}
