internal import HTTPTypes
internal import SlipwayService

/// The headers by which testers choose a version and probes say that they are probes.
enum TesterHeaders {
    /// Gives a question what its headers say of who asks.
    static func mark(_ question: inout InferenceRequest, by headers: HTTPFields) throws(ServiceError) {
        if let name = HTTPField.Name(VersionTarget.header), let text = headers[name] {
            guard let target = VersionTarget(text) else {
                throw .invalid(
                    "the header \(VersionTarget.header) is '\(text.prefix(40))': write candidate, stable or a version's number"
                )
            }
            question.target = target
        }
        question.header = { name in HTTPField.Name(name).flatMap { headers[$0] } }
    }
}
