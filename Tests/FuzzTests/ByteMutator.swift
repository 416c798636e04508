/// Small changes to bytes, from a seed.
struct ByteMutator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    private mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    private mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(max(1, limit))) }

    /// One to four changes; `other` lends its bytes.
    mutating func mutated(_ bytes: [UInt8], other: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...below(4) {
            let place = below(bytes.count)
            switch below(7) {
            case 0 where !bytes.isEmpty: bytes[place] ^= 1 << UInt8(below(8))
            case 1 where !bytes.isEmpty: bytes[place] = [0, 1, 0x7f, 0x80, 0xff, 0x22, 0x7b, 0x5b][below(8)]
            case 2: bytes.removeLast(below(bytes.count + 1))
            case 3: bytes.insert(UInt8(below(256)), at: place)
            case 4 where !bytes.isEmpty: bytes.removeSubrange(place..<min(bytes.count, place + 1 + below(8)))
            case 5 where !bytes.isEmpty:
                let piece = bytes[place..<min(bytes.count, place + 1 + below(32))]
                bytes.insert(contentsOf: Array(piece), at: below(bytes.count))
            default:
                let start = below(other.count)
                let piece = other[min(start, other.count)..<min(other.count, start + 1 + below(32))]
                bytes.insert(contentsOf: Array(piece), at: place)
            }
        }
        return bytes
    }
}
