/// Counts of texts given as bytes, found by their stable hash: the fast way to count a column before its counts go into a
/// `CategoryProfile`.
struct TextTable {
    /// One text that occurred.
    struct Entry {
        let hash: UInt64
        let start: Int
        let length: Int
        var count: Int64
    }

    /// More different texts than this are no categories any more.
    static let limit = 1 << 16
    private(set) var entries: [Entry] = []
    private var bytes: [UInt8] = []
    private var slots = [Int32](repeating: -1, count: 256)

    /// No texts.
    init() {}

    /// Counts a text, and gives its place among the entries.
    @inline(__always)
    mutating func add(_ text: UnsafeRawBufferPointer, hash: UInt64) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let place = Int(slots[slot])
            if place < 0 { return insert(text, hash, slot) }
            if entries[place].hash == hash, equals(entries[place], text) {
                entries[place].count &+= 1
                return place
            }
            slot = (slot &+ 1) & mask
        }
    }

    /// Counts the text of an entry once more, and gives its hash.
    @inline(__always)
    mutating func addAgain(at place: Int) -> UInt64 {
        entries[place].count &+= 1
        return entries[place].hash
    }

    @inline(__always)
    private func equals(_ entry: Entry, _ text: UnsafeRawBufferPointer) -> Bool {
        guard entry.length == text.count else { return false }
        return bytes.withUnsafeBytes { bytes in
            var i = 0
            while i &+ 8 <= text.count {
                let a = bytes.loadUnaligned(fromByteOffset: entry.start &+ i, as: UInt64.self)
                if a != text.loadUnaligned(fromByteOffset: i, as: UInt64.self) { return false }
                i &+= 8
            }
            while i < text.count {
                if bytes[entry.start &+ i] != text[i] { return false }
                i &+= 1
            }
            return true
        }
    }

    private mutating func insert(_ text: UnsafeRawBufferPointer, _ hash: UInt64, _ slot: Int) -> Int {
        let new = entries.count
        slots[slot] = Int32(new)
        entries.append(Entry(hash: hash, start: bytes.count, length: text.count, count: 1))
        bytes.append(contentsOf: text)
        guard entries.count * 2 > slots.count else { return new }
        slots = [Int32](repeating: -1, count: slots.count * 4)
        let mask = slots.count - 1
        for (place, entry) in entries.enumerated() {
            var slot = Int(truncatingIfNeeded: entry.hash) & mask
            while slots[slot] >= 0 { slot = (slot + 1) & mask }
            slots[slot] = Int32(place)
        }
        return new
    }

    /// Moves all counts into a profile.
    mutating func spill(into profile: inout CategoryProfile) {
        for entry in entries {
            let text = bytes.withUnsafeBytes { bytes in
                String(decoding: bytes[entry.start..<entry.start + entry.length], as: UTF8.self)
            }
            profile.add(key: CategoryKey(text), times: entry.count)
        }
        self = TextTable()
    }
}
