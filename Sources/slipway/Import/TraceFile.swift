import SlipwayDomain
import SlipwayJSON

/// The file in which MLflow's clients keep a trace's spans, and the answer in which its server tells them.
enum TraceFile {
    private static let limits = JSONLimits(maxBytes: 256 << 20)

    /// The spans, each as one JSON text.
    static func spans(_ bytes: [UInt8]) throws -> [String] {
        do {
            let root = try JSONDocument.parse(bytes, limits: limits).root
            return root["spans"].elements.map(JSONText.text)
        } catch {
            throw CommandError("its spans are not readable: \(error.message)")
        }
    }
}
