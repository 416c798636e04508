/// A table of a FlatBuffer, every read of which stays inside the buffer.
///
/// The layout is that of FlatBuffers: a table begins with the distance back to its vtable, which lists for each field how
/// far into the table its value lies, 0 when it is absent.
struct FlatTable {
    /// A read went outside, so the bytes are no such buffer.
    struct Damaged: Error {}

    private let bytes: UnsafeRawBufferPointer
    private let start: Int
    private let vtable: Int
    private let vtableSize: Int

    /// The root table of a buffer.
    init(_ bytes: UnsafeRawBufferPointer) throws(Damaged) {
        try self.init(bytes, at: Int(try FlatTable.read(UInt32.self, bytes, 0)))
    }

    private init(_ bytes: UnsafeRawBufferPointer, at start: Int) throws(Damaged) {
        self.bytes = bytes
        self.start = start
        vtable = start - Int(try FlatTable.read(Int32.self, bytes, start))
        vtableSize = Int(try FlatTable.read(UInt16.self, bytes, vtable))
    }

    private static func read<Value: FixedWidthInteger>(
        _: Value.Type,
        _ bytes: UnsafeRawBufferPointer,
        _ place: Int
    ) throws(Damaged) -> Value {
        guard place >= 0, place <= bytes.count - MemoryLayout<Value>.size else { throw Damaged() }
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: Value.self))
    }

    private func place(of field: Int) throws(Damaged) -> Int? {
        let entry = 4 + 2 * field
        guard entry + 2 <= vtableSize else { return nil }
        let offset = Int(try FlatTable.read(UInt16.self, bytes, vtable + entry))
        return offset == 0 ? nil : start + offset
    }

    /// A whole number; the default when it is absent.
    func number<Value: FixedWidthInteger>(_ field: Int, default standard: Value) throws(Damaged) -> Value {
        guard let place = try place(of: field) else { return standard }
        return try FlatTable.read(Value.self, bytes, place)
    }

    /// Where a string, a vector or a table of its own lies.
    private func target(of field: Int) throws(Damaged) -> Int? {
        guard let place = try place(of: field) else { return nil }
        return place + Int(try FlatTable.read(UInt32.self, bytes, place))
    }

    /// Another table.
    func table(_ field: Int) throws(Damaged) -> FlatTable? {
        guard let target = try target(of: field) else { return nil }
        return try FlatTable(bytes, at: target)
    }

    /// A text.
    func text(_ field: Int) throws(Damaged) -> String? {
        guard let target = try target(of: field) else { return nil }
        let count = Int(try FlatTable.read(UInt32.self, bytes, target))
        guard count <= bytes.count - target - 4 else { throw Damaged() }
        return String(decoding: bytes[(target + 4)..<(target + 4 + count)], as: UTF8.self)
    }

    /// A vector of tables.
    func tables(_ field: Int) throws(Damaged) -> [FlatTable] {
        guard let target = try target(of: field) else { return [] }
        let count = Int(try FlatTable.read(UInt32.self, bytes, target))
        guard count <= bytes.count / 4 else { throw Damaged() }
        var tables: [FlatTable] = []
        for index in 0..<count {
            let place = target + 4 + 4 * index
            tables.append(try FlatTable(bytes, at: place + Int(try FlatTable.read(UInt32.self, bytes, place))))
        }
        return tables
    }

    /// A vector of structs of two 64-bit numbers.
    func pairs(_ field: Int) throws(Damaged) -> [(Int64, Int64)] {
        guard let target = try target(of: field) else { return [] }
        let count = Int(try FlatTable.read(UInt32.self, bytes, target))
        guard count <= bytes.count / 16 else { throw Damaged() }
        var pairs: [(Int64, Int64)] = []
        for index in 0..<count {
            let place = target + 4 + 16 * index
            pairs.append(
                (try FlatTable.read(Int64.self, bytes, place), try FlatTable.read(Int64.self, bytes, place + 8))
            )
        }
        return pairs
    }
}
