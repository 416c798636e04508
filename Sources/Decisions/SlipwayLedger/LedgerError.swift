/// Why something of the ledger could not be made, read or proved.
package enum LedgerError: Error, Equatable, CustomStringConvertible {
    /// The bytes of an entry are not the canonical form of an entry.
    case badEntry(String)
    /// An index or a size lies outside the tree.
    case outOfRange(String)
    /// A checkpoint, a key or a signature is not written as C2SP says.
    case badNote(String)
    /// The signature of a checkpoint is missing or wrong.
    case badSignature(String)
    /// An inclusion proof does not lead to the signed root.
    case badProof(String)

    package var description: String {
        switch self {
        case .badEntry(let why): "this is no ledger entry: \(why)"
        case .outOfRange(let why): "outside the ledger: \(why)"
        case .badNote(let why): "this is no signed checkpoint: \(why)"
        case .badSignature(let why): "the checkpoint's signature does not hold: \(why)"
        case .badProof(let why): "the proof does not hold: \(why)"
        }
    }
}
