/// The kinds of evidence that are kept about a version.
enum EvidenceKind: String {
    case verification
    case evaluation
    case reference
    case validation
    case approvalRequest
    case approval
}
