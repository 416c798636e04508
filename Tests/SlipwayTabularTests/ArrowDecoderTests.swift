import CArrow
import Testing

@testable import SlipwayTabular

@Suite("Decoding Arrow arrays")
struct ArrowDecoderTests {
    /// Builds a batch of one column by hand, lends it to the decoder, and gives the column.
    private func decode(
        _ format: String,
        length: Int,
        parentOffset: Int = 0,
        offset: Int,
        nulls: Int,
        buffers: [[UInt8]?]
    ) throws -> TabularColumn {
        let storage = buffers.map { bytes -> UnsafeMutableRawPointer? in
            guard let bytes else { return nil }
            let memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 16)
            memory.copyMemory(from: bytes, byteCount: bytes.count)
            return memory
        }
        defer { for memory in storage { memory?.deallocate() } }
        var pointers = storage.map { UnsafeRawPointer($0) }
        let batch = ArrowBatch()
        return try pointers.withUnsafeMutableBufferPointer { pointers in
            var child = ArrowArray()
            child.length = Int64(length)
            child.offset = Int64(offset)
            child.null_count = Int64(nulls)
            child.n_buffers = Int64(pointers.count)
            child.buffers = pointers.baseAddress
            return try withUnsafeMutablePointer(to: &child) { child in
                var children: [UnsafeMutablePointer<ArrowArray>?] = [child]
                return try children.withUnsafeMutableBufferPointer { children in
                    batch.array.pointee.length = Int64(length)
                    batch.array.pointee.offset = Int64(parentOffset)
                    batch.array.pointee.n_children = 1
                    batch.array.pointee.children = children.baseAddress
                    let field = ArrowField(name: "x", format: format, isDictionary: false)
                    let schema = TabularSchema(fields: [ColumnPlan(field).field])
                    return try ArrowDecoder(fields: [field], schema: schema).decode(batch).columns[0]
                }
            }
        }
    }

    private func bytes<Value>(_ values: [Value]) -> [UInt8] {
        values.withUnsafeBytes { Array($0) }
    }

    @Test("Offsets of array and parent move values, validity and bits together")
    func offsets() throws {
        // Rows 9... of the bitmap 0b1011_0110 (byte 1, lowest bit first: 0 1 1 0 1 1 0 1) after 8 unused rows.
        let bitmap: [UInt8] = [0, 0b1011_0110]
        let numbers = (0..<16).map { Int32($0) }
        let integers = try decode(
            "i",
            length: 4,
            parentOffset: 3,
            offset: 6,
            nulls: 2,
            buffers: [bitmap, bytes(numbers)]
        )
        #expect(integers == .integer(values: [9, 10, 0, 12], valid: [true, true, false, true]))
        let booleans = try decode("b", length: 3, offset: 9, nulls: 0, buffers: [nil, bitmap])
        #expect(booleans == .boolean(values: [true, true, false], valid: [true, true, true]))
        let offsets: [Int64] = [0, 1, 3, 3, 6]
        let strings = try decode(
            "U",
            length: 3,
            offset: 1,
            nulls: -1,
            buffers: [[0b0000_1010], bytes(offsets), Array("abbüd".utf8)]
        )
        #expect(strings == .string(["bb", nil, "üd"]))
        let zeros = bytes([Int32](repeating: 0, count: 3))
        let empty = try decode("u", length: 2, offset: 0, nulls: 0, buffers: [nil, zeros, nil])
        #expect(empty == .string(["", ""]))
    }

    @Test("Every unit of a timestamp becomes milliseconds, rounded down, and infinity is missing")
    func timestamps() throws {
        let cases: [(String, [Int64], [Int64], [Bool])] = [
            ("tss:", [-1, 2, .max - 1], [-1000, 2000, 0], [true, true, false]),
            ("tsm:", [-1, 5, .max], [-1, 5, 0], [true, true, false]),
            ("tsu:UTC", [-1, 1999, -.max], [-1, 1, 0], [true, true, false]),
            ("tsn:", [-1_000_001, 1_999_999, 0], [-2, 1, 0], [true, true, true]),
        ]
        for (format, raw, values, valid) in cases {
            let column = try decode(format, length: 3, offset: 0, nulls: 0, buffers: [nil, bytes(raw)])
            #expect(column == .timestampMilliseconds(values: values, valid: valid), "\(format)")
        }
    }

    @Test("Narrow and unsigned integers and floats widen without loss")
    func widths() throws {
        func one(_ format: String, _ raw: [UInt8]) throws -> TabularColumn {
            try decode(format, length: 2, offset: 0, nulls: 0, buffers: [nil, raw])
        }
        let valid = [true, true]
        #expect(try one("c", bytes([Int8.min, .max])) == .integer(values: [-128, 127], valid: valid))
        #expect(try one("C", bytes([UInt8.min, .max])) == .integer(values: [0, 255], valid: valid))
        #expect(try one("s", bytes([Int16.min, .max])) == .integer(values: [-32_768, 32_767], valid: valid))
        #expect(try one("S", bytes([UInt16.min, .max])) == .integer(values: [0, 65_535], valid: valid))
        #expect(try one("I", bytes([UInt32.min, .max])) == .integer(values: [0, 4_294_967_295], valid: valid))
        #expect(try one("l", bytes([Int64.min, .max])) == .integer(values: [.min, .max], valid: valid))
        #expect(try one("f", bytes([Float(0.5), -2])) == .double(values: [0.5, -2], valid: valid))
        #expect(try one("tdD", bytes([Int32(-1), 15_706])) == .date(days: [-1, 15_706], valid: valid))
    }

    @Test("An unknown layout is an error")
    func unknownLayout() {
        #expect(throws: TabularError.layoutUnknown(column: "x", format: "+l")) {
            try decode("+l", length: 1, offset: 0, nulls: 0, buffers: [nil, [0, 0, 0, 0]])
        }
    }
}
