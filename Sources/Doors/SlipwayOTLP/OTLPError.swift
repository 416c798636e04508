package import SlipwayService

/// Why spans were not taken, in the form in which MLflow's server says it: `{"detail": ...}`.
package enum OTLPError: Error, Equatable {
    /// The payload is wrong; the text is for its sender.
    case invalid(String)
    case tooLarge(Int)
    /// More fields than are taken apart at once, however few bytes they are.
    case tooMany
    /// The header that says which experiment the spans belong to is missing.
    case noExperiment
    /// A span has no usable ids or times.
    case badSpan(String)
    case service(ServiceError.Kind, String)
}
