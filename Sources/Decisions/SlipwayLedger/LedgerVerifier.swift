/// Checks a ledger row by row, in the order of their index, in memory that does not grow with the ledger.
///
/// What a tamperer without the signing key can do is found in every entry that a signed checkpoint covers; behind
/// the newest checkpoint only alterations that leave the stored hashes or tree state as they were are found.
package struct LedgerVerifier {
    /// More findings of one kind than this are counted but not listed.
    private static let maxListed = 100

    private let key: VerifierKey
    private var pending: [Checkpoint] = []
    private var largest: Int = 0
    private var frontier = MerkleFrontier()
    private var nextIndex = 0
    private var goodSize = 0
    private var isMisplaced = false
    private var isRewritten = false
    private var mismatches: [(index: Int, stored: Digest32, found: Digest32)] = []
    private var mismatchCount = 0
    private var findings: [LedgerFinding] = []

    /// Prepares to verify against the texts of the stored checkpoints, in any order.
    package init(checkpoints: [String], key: VerifierKey) {
        self.key = key
        for text in checkpoints {
            do {
                let signed = try SignedCheckpoint(text: text)
                try signed.verify(by: key)
                pending.append(signed.checkpoint)
            } catch {
                findings.append(LedgerFinding(kind: .signature, index: nil, detail: error.description))
            }
        }
        // The smallest is last, where it is taken from.
        pending.sort { $0.size > $1.size }
        largest = pending.first?.size ?? 0
        compareCheckpoints()
    }

    /// Takes the next stored row.
    package mutating func add(index: Int, bytes: [UInt8], leafHash: Digest32) {
        checkIndex(index)
        let found = MerkleHash.leaf(bytes)
        if found != leafHash {
            mismatchCount += 1
            if mismatches.count < LedgerVerifier.maxListed { mismatches.append((index, leafHash, found)) }
        }
        // The stored hash goes into the tree: a root that then agrees with the signature proves it, and so the mismatch.
        frontier.append(leafHash)
        compareCheckpoints()
    }

    /// Ends the check against the stored tree state.
    package consuming func finish(frontierRoot: Digest32, size: Int) -> LedgerVerdict {
        listMismatches()
        let count = frontier.size
        if !isMisplaced { checkEnd(frontierRoot: frontierRoot, size: size) }
        if findings.isEmpty { return .intact(size: count, root: frontier.root, signedSize: largest) }
        // A finding without an index concerns the whole ledger and stands last; equal places keep their order.
        let ordered = findings.enumerated().sorted {
            ($0.element.index ?? .max, $0.offset) < ($1.element.index ?? .max, $1.offset)
        }
        return .broken(ordered.map(\.element))
    }

    private mutating func checkEnd(frontierRoot: Digest32, size: Int) {
        let count = frontier.size
        if count < max(size, largest) {
            let expected = max(size, largest)
            let source = largest > size ? "a signed checkpoint covers" : "the tree state counts"
            add(.removed, count, "there are \(count) entries, but \(source) \(expected)")
        } else if count > size {
            add(.inserted, size, "there are \(count) entries, but the tree state counts \(size)")
        } else if frontier.root != frontierRoot {
            add(.frontier, nil, "the stored tree state has root \(frontierRoot), the entries have \(frontier.root)")
        }
    }

    private mutating func add(_ kind: LedgerFinding.Kind, _ index: Int?, _ detail: String) {
        guard findings.count(where: { $0.kind == kind }) < LedgerVerifier.maxListed else { return }
        findings.append(LedgerFinding(kind: kind, index: index, detail: detail))
    }

    private mutating func checkIndex(_ index: Int) {
        guard index != nextIndex else {
            nextIndex += 1
            return
        }
        // From here on the roots and the count differ as a consequence, which is not reported again.
        isMisplaced = true
        if index > nextIndex {
            let gap = index - nextIndex == 1 ? "entry \(nextIndex) is" : "entries \(nextIndex) to \(index - 1) are"
            add(.removed, nextIndex, "\(gap) missing")
        } else if index == nextIndex - 1 {
            add(.inserted, index, "two entries have the index \(index)")
        } else {
            add(.reordered, index, "entry \(index) stands after entry \(nextIndex - 1)")
        }
        nextIndex = max(nextIndex, index + 1)
    }

    private mutating func compareCheckpoints() {
        while let checkpoint = pending.last, checkpoint.size == frontier.size {
            pending.removeLast()
            if checkpoint.root == frontier.root {
                goodSize = checkpoint.size
            } else if !isRewritten, !isMisplaced {
                // Every later root differs too, so only the first difference says where.
                isRewritten = true
                let detail =
                    "the first \(checkpoint.size) entries do not have the signed root \(checkpoint.root): one of the "
                    + "entries \(goodSize) to \(checkpoint.size - 1) was changed, inserted, moved or removed"
                add(.rewritten, goodSize, detail)
            }
        }
    }

    /// A row that holds what another row's hash was stored for was moved; any other mismatch is a change.
    private mutating func listMismatches() {
        let stored = Set(mismatches.map(\.stored))
        for row in mismatches {
            if stored.contains(row.found) {
                add(.reordered, row.index, "entry \(row.index) holds what was appended as another entry")
            } else {
                add(.changed, row.index, "the bytes have hash \(row.found), stored at appending was \(row.stored)")
            }
        }
        if mismatchCount > mismatches.count {
            add(.changed, nil, "\(mismatchCount - mismatches.count) more entries do not have their stored hash")
        }
    }
}
