import SlipwayDomain
import SlipwayJSON
import SlipwayWire

@testable import SlipwayGRPC
@testable import SlipwayOTLP
@testable import SlipwayService

/// Inflated bodies stay under their limit. The first byte chooses the encoding.
enum InflationProperties {
    private static let limit = 1 << 16

    static func violation(_ bytes: [UInt8]) -> String? {
        guard let mode = bytes.first else { return nil }
        let body = Array(bytes.dropFirst())
        let encoding = ["gzip", "deflate", "X-GZIP", "identity", "br"][Int(mode) % 5]
        do {
            let plain = try Inflation.plain(body, encoding: encoding, limit: limit)
            if encoding == "identity" { return plain == body ? nil : "identity changed the body" }
            return plain.count <= limit ? nil : "\(plain.count) bytes came through a limit of \(limit)"
        } catch {
            return encoding == "br" || error != .unknownEncoding(encoding) ? nil : "\(encoding) is not known"
        }
    }
}

/// Spans are read or refused; what is kept of their attributes is JSON. The first byte chooses the encoding.
enum OTLPProperties {
    static func violation(_ bytes: [UInt8]) -> String? {
        guard let mode = bytes.first else { return nil }
        let body = Array(bytes.dropFirst())
        guard let batch = mode & 1 == 0 ? try? OTLPProtobuf.batch(body) : try? OTLPJSON.batch(body) else { return nil }
        for span in batch.spans {
            guard span.otelTrace.utf8.count == 32, span.id.utf8.count == 16 else { return "a span without its ids" }
            for attribute in span.attributes + span.events.flatMap(\.attributes) + span.links.flatMap(\.attributes) {
                if let reason = violation(ofText: attribute.json) { return reason }
            }
        }
        return nil
    }

    private static func violation(ofText json: String) -> String? {
        // Numbers that are none have Python's names.
        guard !json.contains("NaN"), !json.contains("Infinity") else { return nil }
        do {
            _ = try JSONDocument.parse(Array(json.utf8), limits: JSONLimits(maxDepth: 200))
            return nil
        } catch {
            return "an attribute is no JSON (\(error)): \(json.prefix(200))"
        }
    }
}

/// Fields that hold numbers and words. The first byte chooses the field.
enum FieldProperties {
    static func violation(_ bytes: [UInt8]) -> String? {
        guard let mode = bytes.first else { return nil }
        let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
        switch mode % 4 {
        case 0:
            _ = CallTimeout.nanoseconds(text)
        case 1:
            for size in [0, 1, 1000, Int64.max] {
                guard case .part(let range) = ByteRange(text, size: size) else { continue }
                guard !range.isEmpty, range.lowerBound >= 0, range.upperBound <= size else {
                    return "\(text) of \(size) is \(range)"
                }
            }
        case 2:
            if case .number(let number)? = VersionTarget(text), number <= 0 { return "version \(number)" }
        default:
            if let version = try? ModelInferDecoder.version(text), version <= 0 { return "version \(version)" }
        }
        return nil
    }
}
