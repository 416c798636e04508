import CArrow
import Foundation
package import SlipwayStatistics

/// Reads an Arrow IPC stream, or a file of the same batches, one batch at a time.
///
/// Columns are numbers, texts, truth values, dates and timestamps, uncompressed and not dictionary-encoded; what else a
/// column may be is an error that names it. Every length and offset is checked before it is followed.
package final class ArrowFile {
    /// The columns.
    package let schema: TabularSchema
    private let file: String
    private let handle: FileHandle
    private let fields: [ArrowField]

    /// The endings by which such files are known.
    package static let endings = [".arrow", ".arrows", ".feather"]

    /// Whether the file's name says that it is one.
    package static func isArrow(_ file: String) -> Bool { endings.contains { file.lowercased().hasSuffix($0) } }

    /// Opens a file and reads its schema.
    package init(file: String) throws(TabularError) {
        guard let handle = FileHandle(forReadingAtPath: file) else {
            throw .fileRefused(file: file, reason: "does not exist or cannot be opened")
        }
        self.file = file
        self.handle = handle
        let start = try ArrowFile.bytes(of: handle, 8, file)
        if start.starts(with: Array("ARROW1".utf8)) {
            // A file is a stream behind a mark, and a footer that is not needed to read it from its start.
        } else {
            do { try handle.seek(toOffset: 0) } catch { throw .fileRefused(file: file, reason: "cannot be read twice") }
        }
        guard let message = try ArrowFile.message(of: handle, file) else {
            throw .unreadable(file: file, reason: "it has no schema")
        }
        fields = try ArrowFile.damaged(file) {
            try message.withUnsafeBytes { bytes -> [ArrowField]? in
                let root = try FlatTable(bytes)
                guard try root.number(1, default: UInt8(0)) == 1, let header = try root.table(2) else { return nil }
                var fields: [ArrowField] = []
                for field in try header.tables(1) { fields.append(try ArrowFile.field(field)) }
                return fields
            }
        }
        schema = TabularSchema(fields: fields.map { ColumnPlan($0).field })
        if let column = fields.first(where: { $0.format.isEmpty || $0.isDictionary }) {
            throw .unreadable(
                file: file,
                reason:
                    "its column \"\(column.name)\" is neither a number, text, truth value, date nor timestamp (or it is "
                    + "dictionary-encoded): cast it"
            )
        }
    }

    /// Shows columns batch by batch; the views hold until `batch` returns.
    package func views(columns: [String], batch show: (Int, [ColumnView]) throws -> Void) throws {
        let places = try columns.map { name throws(TabularError) in
            guard let place = schema.index(of: name) else {
                throw .columnUnknown(file: file, name: name, known: schema.names)
            }
            return place
        }
        let buffers = fields.map { _ in ColumnBuffers() }
        while let message = try ArrowFile.message(of: handle, file) {
            let batch = try ArrowFile.damaged(file) {
                try message.withUnsafeBytes { try Batch(try FlatTable($0)) }
            }
            guard !batch.isCompressed else {
                throw TabularError.unreadable(file: file, reason: "it is compressed: write it without compression")
            }
            let body = try ArrowFile.bytes(of: handle, batch.bodyLength, file)
            try body.withUnsafeBytes { body in
                var views: [ColumnView] = []
                var next = 0
                var arrays: [Int: ArrowBuffers] = [:]
                for (place, field) in fields.enumerated() {
                    let count = field.format == "u" || field.format == "U" ? 3 : 2
                    guard place < batch.nodes.count, next + count <= batch.buffers.count,
                        let buffers = ArrowBuffers(
                            field,
                            node: batch.nodes[place],
                            buffers: Array(batch.buffers[next..<next + count]),
                            body: body
                        ), buffers.rows == batch.rows
                    else { throw TabularError.unreadable(file: file, reason: "column \"\(field.name)\" is damaged") }
                    arrays[place] = buffers
                    next += count
                }
                for place in places {
                    guard let array = arrays[place] else { continue }
                    views.append(
                        try buffers[place].view(array.array, start: 0, count: batch.rows, fields[place])
                    )
                }
                try show(batch.rows, views)
                withExtendedLifetime(arrays) {}
            }
        }
    }

    private static func damaged<Value>(
        _ file: String,
        _ read: () throws -> Value?
    ) throws(TabularError) -> Value {
        let value: Value?
        do { value = try read() } catch { value = nil }
        guard let value else { throw .unreadable(file: file, reason: "it is no Arrow stream, or it is damaged") }
        return value
    }

    /// The next message's metadata; nil at the end of the stream.
    private static func message(of handle: FileHandle, _ file: String) throws(TabularError) -> [UInt8]? {
        func word() throws(TabularError) -> UInt32? {
            let read: Data?
            do { read = try handle.read(upToCount: 4) } catch { read = nil }
            guard let read, !read.isEmpty else { return nil }
            guard read.count == 4 else { throw .unreadable(file: file, reason: "it is cut off") }
            return read.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << UInt32(8 * $1.offset) }
        }
        guard var length = try word() else { return nil }
        if length == .max {
            guard let next = try word() else { throw .unreadable(file: file, reason: "it is cut off") }
            length = next
        }
        guard length > 0 else { return nil }
        guard length < 64 << 20 else { throw .unreadable(file: file, reason: "it is no Arrow stream") }
        return try bytes(of: handle, Int(length), file)
    }

    private static func bytes(of handle: FileHandle, _ count: Int, _ file: String) throws(TabularError) -> [UInt8] {
        guard count >= 0, count < 1 << 31 else { throw .unreadable(file: file, reason: "a batch is larger than 2 GB") }
        var bytes: [UInt8] = []
        while bytes.count < count {
            let part: Data?
            // In pieces, so that a length that lies takes no memory.
            do { part = try handle.read(upToCount: min(count - bytes.count, 4 << 20)) } catch { part = nil }
            guard let part, !part.isEmpty else { throw .unreadable(file: file, reason: "it is cut off") }
            bytes += part
        }
        return bytes
    }

    /// A column by the numbers of the format's types; an empty format for what cannot be read.
    private static func field(_ field: FlatTable) throws(FlatTable.Damaged) -> ArrowField {
        let type = try field.table(3)
        let format: String
        switch try field.number(2, default: UInt8(0)) {
        case 2:
            let isSigned = try type?.number(1, default: UInt8(0)) == 1
            switch try type?.number(0, default: Int32(0)) {
            case 8: format = isSigned ? "c" : "C"
            case 16: format = isSigned ? "s" : "S"
            case 32: format = isSigned ? "i" : "I"
            case 64 where isSigned: format = "l"
            default: format = ""
            }
        case 3:
            switch try type?.number(0, default: Int16(0)) {
            case 1: format = "f"
            case 2: format = "g"
            default: format = ""
            }
        case 5: format = "u"
        case 6: format = "b"
        case 8: format = try type?.number(0, default: Int16(1)) == 0 ? "tdD" : ""
        case 10:
            let units = ["tss:", "tsm:", "tsu:", "tsn:"]
            let unit = Int(try type?.number(0, default: Int16(0)) ?? 0)
            format = units.indices.contains(unit) ? units[unit] : ""
        case 20: format = "U"
        default: format = ""
        }
        let isDictionary = try field.table(4) != nil
        return ArrowField(name: try field.text(0) ?? "", format: format, isDictionary: isDictionary)
    }

    /// The metadata of one record batch.
    private struct Batch {
        let rows: Int
        let bodyLength: Int
        let nodes: [(Int64, Int64)]
        let buffers: [(Int64, Int64)]
        let isCompressed: Bool

        init?(_ root: FlatTable) throws(FlatTable.Damaged) {
            guard try root.number(1, default: UInt8(0)) == 3, let header = try root.table(2) else { return nil }
            bodyLength = Int(try root.number(3, default: Int64(0)))
            rows = Int(try header.number(0, default: Int64(0)))
            nodes = try header.pairs(1)
            buffers = try header.pairs(2)
            isCompressed = try header.table(3) != nil
            guard rows >= 0, rows < 1 << 31 else { throw FlatTable.Damaged() }
        }
    }
}

/// One column of one batch as the C data interface has it, over the batch's bytes, whose lengths were checked.
private final class ArrowBuffers {
    private(set) var array = ArrowArray()
    let rows: Int
    private let pointers: UnsafeMutablePointer<UnsafeRawPointer?>

    init?(
        _ field: ArrowField,
        node: (Int64, Int64),
        buffers: [(Int64, Int64)],
        body: UnsafeRawBufferPointer
    ) {
        rows = Int(node.0)
        pointers = .allocate(capacity: buffers.count)
        pointers.initialize(repeating: nil, count: buffers.count)
        guard rows >= 0 else { return nil }
        var sizes: [Int] = []
        for (place, buffer) in buffers.enumerated() {
            guard buffer.0 >= 0, buffer.1 >= 0, buffer.0 <= Int64(body.count), buffer.1 <= Int64(body.count) - buffer.0
            else { return nil }
            sizes.append(Int(buffer.1))
            if buffer.1 > 0 { pointers[place] = body.baseAddress.map { $0 + Int(buffer.0) } }
        }
        array.length = node.0
        array.null_count = node.1 != 0 && sizes[0] > 0 ? node.1 : 0
        array.n_buffers = Int64(buffers.count)
        array.buffers = pointers
        guard array.null_count == 0 || sizes[0] >= (rows + 7) / 8 else { return nil }
        switch field.format {
        case "b": guard sizes[1] >= (rows + 7) / 8 else { return nil }
        case "c", "C": guard sizes[1] >= rows else { return nil }
        case "s", "S": guard sizes[1] >= 2 * rows else { return nil }
        case "i", "I", "f", "tdD": guard sizes[1] >= 4 * rows else { return nil }
        case "u": guard rows == 0 || isOrdered(Int32.self, sizes) else { return nil }
        case "U": guard rows == 0 || isOrdered(Int64.self, sizes) else { return nil }
        default: guard sizes[1] >= 8 * rows else { return nil }
        }
    }

    deinit { pointers.deallocate() }

    /// Whether the offsets of texts rise within their bytes.
    private func isOrdered<Offset: FixedWidthInteger>(_: Offset.Type, _ sizes: [Int]) -> Bool {
        guard sizes[1] >= (rows + 1) * MemoryLayout<Offset>.size, let start = pointers[1] else { return false }
        var last: Offset = 0
        for row in 0...rows {
            let offset = start.loadUnaligned(fromByteOffset: row * MemoryLayout<Offset>.size, as: Offset.self)
            guard offset >= last, offset <= sizes[2] else { return false }
            last = offset
        }
        return true
    }
}
