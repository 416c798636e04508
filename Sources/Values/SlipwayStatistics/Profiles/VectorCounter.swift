/// Counts a column of vectors that come as text, `[0.1, 0.2]`; only those of the sample are read number by number.
final class VectorCounter {
    private let name: String
    private(set) var dimension: Int?
    private var (count, missing, failed) = (Int64(0), Int64(0), Int64(0))
    private var members: [VectorProfile.Member] = []
    private var places: [UInt64: Int] = [:]
    private var ceiling = UInt64.max

    /// A counter; without a dimension the first vector gives it.
    init(name: String, dimension: Int?) {
        self.name = name
        self.dimension = dimension
    }

    /// How many numbers a vector has, told by its commas; nil for a text that cannot be one.
    static func dimension(of text: UnsafeRawBufferPointer) -> Int? {
        guard text.count > 2, text[0] == UInt8(ascii: "["), text[text.count - 1] == UInt8(ascii: "]") else {
            return nil
        }
        var (commas, strange) = (0, 0)
        for byte in text {
            commas &+= byte == UInt8(ascii: ",") ? 1 : 0
            strange &+= allowed[Int(byte)] ? 0 : 1
        }
        return strange == 0 ? commas + 1 : nil
    }

    private static let allowed: [Bool] = {
        let letters = Set("0123456789+-.eE, []".utf8)
        return (0..<256).map { letters.contains(UInt8($0)) }
    }()

    private static func numbers(_ text: UnsafeRawBufferPointer) -> [Double]? {
        var numbers: [Double] = []
        var start = 1
        for place in 1..<text.count where text[place] == UInt8(ascii: ",") || place == text.count - 1 {
            while start < place, text[start] == 32 { start += 1 }
            guard let number = CellText.number(UnsafeRawBufferPointer(rebasing: text[start..<place])), number.isFinite,
                Float(number).isFinite
            else { return nil }
            numbers.append(number)
            start = place + 1
        }
        return numbers
    }

    /// Adds a batch and folds the hashes of the texts into those of the rows.
    func add(_ view: ColumnView, rows: UnsafeMutableBufferPointer<UInt64>) {
        for row in 0..<rows.count {
            switch view {
            case .absent: fold(.missing, &rows[row])
            case .numbers(_, let states), .flags(_, let states):
                fold(states?[row] == .missing ? .missing : .failed, &rows[row])
            case .texts(let bytes, let offsets, let states):
                if let state = states?[row], state != .value {
                    fold(state, &rows[row])
                } else {
                    let length = offsets[row + 1] - offsets[row]
                    add(UnsafeRawBufferPointer(start: bytes + offsets[row], count: length), &rows[row])
                }
            }
        }
    }

    private func fold(_ state: CellState, _ row: inout UInt64) {
        if state == .missing { missing += 1 } else { failed += 1 }
        row = RowHash.fold(row, state == .missing ? RowSample.missing : RowSample.failed)
    }

    private func add(_ text: UnsafeRawBufferPointer, _ row: inout UInt64) {
        guard let own = VectorCounter.dimension(of: text), own == dimension ?? own else { return fold(.failed, &row) }
        dimension = own
        count += 1
        let hash = StableHash.hash(text)
        row = RowHash.fold(row, hash)
        let choice = RowHash.finish(hash)
        if choice > ceiling { return }
        if let place = places[choice] {
            members[place].count += 1
            return
        }
        // What cannot be read after all is left out of every sample alike.
        guard let numbers = VectorCounter.numbers(text), numbers.count == own else { return }
        places[choice] = members.count
        members.append(VectorProfile.Member(hash: choice, count: 1, values: VectorProfile.projected(numbers)))
        if members.count >= 4 * VectorProfile.capacity { cut() }
    }

    private func cut() {
        members = VectorProfile.smallest(members)
        ceiling = members[members.count - 1].hash
        places = Dictionary(uniqueKeysWithValues: members.enumerated().map { ($1.hash, $0) })
    }

    /// The profile; nil when no vector gave a dimension.
    var profile: VectorProfile? {
        dimension.map {
            VectorProfile(name: name, dimension: $0, counts: (count, missing, failed), sample: members)
        }
    }
}
