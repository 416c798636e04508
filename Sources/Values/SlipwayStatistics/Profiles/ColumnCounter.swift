/// What a column of a table is counted as.
package enum ColumnMeaning: Sendable, Equatable {
    /// Numbers.
    case numbers
    /// Points in time, as numbers of this unit.
    case times(NumericProfile.Unit)
    /// Categories or free text.
    case texts
    /// Truth values.
    case flags
    /// Lists as text: vectors when the first one is a list of numbers, else texts.
    case lists
}

/// Counts one column of a table, whatever it comes as.
final class ColumnCounter {
    private enum Counter {
        case numeric(NumericCounter, NumericProfile.Unit?)
        case text(TextCounter)
        case flag
    }

    private let counter: Counter
    private var (trueCount, falseCount, missing, failed) = (Int64(0), Int64(0), Int64(0), Int64(0))
    private var numbers: [Double] = []
    private var flags: [Bool] = []
    private var states: [CellState] = []
    private var isConverted = false

    /// A counter without a reference.
    init(_ meaning: ColumnMeaning, for use: ProfileUse) {
        switch meaning {
        case .numbers: counter = .numeric(NumericCounter(unit: nil, for: use), nil)
        case .times(let unit): counter = .numeric(NumericCounter(unit: unit, for: use), unit)
        case .texts, .lists: counter = .text(TextCounter())
        case .flags: counter = .flag
        }
    }

    /// A counter against a reference.
    init(reference: ColumnProfile, for use: ProfileUse) {
        switch reference {
        case .numeric(let profile):
            counter = .numeric(NumericCounter(reference: profile, for: use), profile.unit)
        case .categorical(let profile): counter = .text(TextCounter(reference: profile))
        case .boolean: counter = .flag
        }
    }

    /// Counts the cells of a batch and folds their hashes into those of the rows.
    func add(_ view: ColumnView, rows: UnsafeMutableBufferPointer<UInt64>) {
        isConverted = true
        switch (counter, view) {
        case (.numeric(let counter, _), .numbers(let values, let states)):
            counter.add(values, states: states, rows: rows)
            isConverted = false
        case (.numeric(let counter, let unit), .texts):
            convert(view, rows.count) { text in
                switch unit {
                case nil: CellText.number(text)
                case .milliseconds: CellText.milliseconds(text)
                case .days: CellText.milliseconds(text).map { ($0 / 86_400_000).rounded(.down) }
                }
            }
            addNumbers(counter, rows)
        case (.text(let counter), .texts(let bytes, let offsets, let states)):
            counter.add(bytes: bytes, offsets: offsets, states: states, rows: rows)
            isConverted = false
        case (.flag, .flags(let values, let states)):
            addFlags(values, states, rows)
            isConverted = false
        case (.flag, .texts(let bytes, let offsets, let given)):
            flags = [Bool](repeating: false, count: rows.count)
            states = [CellState](repeating: .value, count: rows.count)
            for i in 0..<rows.count {
                if let given, given[i] != .value {
                    states[i] = given[i]
                    continue
                }
                let text = UnsafeRawBufferPointer(start: bytes + offsets[i], count: offsets[i + 1] - offsets[i])
                if let flag = CellText.flag(text) { flags[i] = flag } else { states[i] = .failed }
            }
            flags.withUnsafeBufferPointer { flags in
                states.withUnsafeBufferPointer { states in
                    addFlags(flags, states.baseAddress, rows)
                }
            }
        case (_, .absent): addNothing(.missing, nil, rows)
        case (_, .numbers(_, let states)), (_, .flags(_, let states)): addNothing(.failed, states, rows)
        }
    }

    private func convert(_ view: ColumnView, _ count: Int, _ read: (UnsafeRawBufferPointer) -> Double?) {
        guard case .texts(let bytes, let offsets, let given) = view else { return }
        numbers = [Double](repeating: 0, count: count)
        states = [CellState](repeating: .value, count: count)
        for i in 0..<count {
            if let given, given[i] != .value {
                states[i] = given[i]
            } else if let number = read(
                UnsafeRawBufferPointer(start: bytes + offsets[i], count: offsets[i + 1] - offsets[i])
            ) {
                numbers[i] = number
            } else {
                states[i] = .failed
            }
        }
    }

    private func addNumbers(
        _ counter: NumericCounter,
        _ rows: UnsafeMutableBufferPointer<UInt64>
    ) {
        numbers.withUnsafeBufferPointer { numbers in
            states.withUnsafeBufferPointer { states in
                counter.add(numbers, states: states.baseAddress, rows: rows)
            }
        }
    }

    /// Rows whose cells are absent, or are all of another type except where they are missing.
    private func addNothing(
        _ state: CellState,
        _ given: UnsafePointer<CellState>?,
        _ rows: UnsafeMutableBufferPointer<UInt64>
    ) {
        states = (0..<rows.count).map { i in given.map { $0[i] == .missing } == true ? .missing : state }
        states.withUnsafeBufferPointer { states in
            let states = states.baseAddress
            switch counter {
            case .numeric(let counter, _):
                numbers = [Double](repeating: 0, count: rows.count)
                numbers.withUnsafeBufferPointer { numbers in
                    counter.add(numbers, states: states, rows: rows)
                }
            case .text(let counter):
                let offsets = [Int](repeating: 0, count: rows.count + 1)
                let nothing: [UInt8] = [0]
                offsets.withUnsafeBufferPointer { offsets in
                    nothing.withUnsafeBytes { bytes in
                        guard let base = bytes.baseAddress else { return }
                        counter.add(bytes: base, offsets: offsets, states: states, rows: rows)
                    }
                }
            case .flag:
                flags = [Bool](repeating: false, count: rows.count)
                flags.withUnsafeBufferPointer { flags in
                    addFlags(flags, states, rows)
                }
            }
        }
    }

    private func addFlags(
        _ values: UnsafeBufferPointer<Bool>,
        _ states: UnsafePointer<CellState>?,
        _ rows: UnsafeMutableBufferPointer<UInt64>
    ) {
        for i in 0..<rows.count {
            if let states, states[i] != .value {
                if states[i] == .missing { missing &+= 1 } else { failed &+= 1 }
                rows[i] = RowHash.fold(rows[i], states[i] == .missing ? RowSample.missing : RowSample.failed)
            } else {
                if values[i] { trueCount &+= 1 } else { falseCount &+= 1 }
                rows[i] = RowHash.fold(rows[i], values[i] ? 1 : 0)
            }
        }
    }

    /// The word of a cell of the last batch, which came as `view`, in a row sample.
    func word(_ row: Int, of view: ColumnView) -> UInt64 {
        guard isConverted else { return view.word(row) }
        return states.withUnsafeBufferPointer { states in
            switch counter {
            case .numeric:
                numbers.withUnsafeBufferPointer { ColumnView.numbers($0, states: states.baseAddress).word(row) }
            case .flag: flags.withUnsafeBufferPointer { ColumnView.flags($0, states: states.baseAddress).word(row) }
            case .text: ColumnView.word(states.baseAddress, row) ?? RowSample.missing
            }
        }
    }

    /// Whether any cell had a value.
    var hasValues: Bool {
        switch counter {
        case .numeric(let counter, _): counter.hasValues
        case .text(let counter): counter.hasValues
        case .flag: trueCount + falseCount > 0
        }
    }

    /// The profile of what was counted.
    func profile() throws(StatisticsError) -> ColumnProfile {
        switch counter {
        case .numeric(let counter, _): .numeric(try counter.profile())
        case .text(let counter): .categorical(try counter.profile())
        case .flag:
            .boolean(
                BooleanProfile(trueCount: trueCount, falseCount: falseCount, missing: missing, failed: failed)
            )
        }
    }
}

extension ColumnView {
    /// The word of a cell in a row sample.
    func word(_ row: Int) -> UInt64 {
        switch self {
        case .numbers(let values, let states):
            if let word = ColumnView.word(states, row) { return word }
            return values[row].isNaN ? Double.nan.bitPattern : (values[row] + 0.0).bitPattern
        case .texts(let bytes, let offsets, let states):
            if let word = ColumnView.word(states, row) { return word }
            let text = UnsafeRawBufferPointer(start: bytes + offsets[row], count: offsets[row + 1] - offsets[row])
            return StableHash.hash(text)
        case .flags(let values, let states): return ColumnView.word(states, row) ?? (values[row] ? 1 : 0)
        case .absent: return RowSample.missing
        }
    }

    fileprivate static func word(_ states: UnsafePointer<CellState>?, _ row: Int) -> UInt64? {
        switch states?[row] {
        case nil, .value: nil
        case .missing: RowSample.missing
        case .failed: RowSample.failed
        }
    }
}
