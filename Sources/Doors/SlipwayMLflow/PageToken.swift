internal import FoundationEssentials
internal import SlipwayJSON

/// Where the next page of a search begins, in the form that MLflow gives it: base64 of `{"offset": N}`.
///
/// Searches whose pages belong to one question also carry its fingerprint, so that a token is not used for another.
struct PageToken {
    let offset: Int64
    let fingerprint: String?

    /// The greatest offset that is believed: a limit can be added to it and no table has so many rows.
    static let greatestOffset: Int64 = 1 << 40

    init(offset: Int64, fingerprint: String? = nil) {
        self.offset = offset
        self.fingerprint = fingerprint
    }

    /// The start of the page that `text` asks for; the first page when there is no text.
    static func offset(_ text: String?, fingerprint: String? = nil) throws -> Int64 {
        guard let text, !text.isEmpty else { return 0 }
        guard text.utf8.count < 1000, let data = Data(base64Encoded: text),
            let root = try? JSONDocument.parse(Array(data)).root,  // Any unreadable token gets the one answer below.
            let offset = root["offset"]?.integer, (0...greatestOffset).contains(offset)
        else { throw MLflowError.invalid("the page_token is not one that this server gave") }
        guard root["query"]?.string == fingerprint else {
            throw MLflowError.invalid("the page_token belongs to a search with another filter or order")
        }
        return offset
    }

    var text: String {
        let query = fingerprint.map { ", \"query\": \"\($0)\"" } ?? ""
        return Data("{\"offset\": \(offset)\(query)}".utf8).base64EncodedString()
    }

    /// A short text that differs for different questions (FNV-1a, 64 bits).
    static func fingerprint(_ parts: [String]) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for part in parts {
            for byte in part.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
            // 0xFF occurs in no UTF-8 text, so it separates the parts.
            hash = (hash ^ 0xFF) &* 0x0000_0100_0000_01B3
        }
        return String(hash, radix: 16)
    }
}
