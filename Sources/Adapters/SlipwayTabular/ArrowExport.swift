import CArrow
import Glibc
import SlipwayService

/// A batch of predictions in the Arrow C data interface, for a driver to take over.
///
/// Every array and schema holds the memory as long as its consumer does, and gives up its share in its release call, as
/// the specification asks: a consumer may keep a child longer than the parent.
final class ArrowExport {
    let array = UnsafeMutablePointer<ArrowArray>.allocate(capacity: 1)
    let schema = UnsafeMutablePointer<ArrowSchema>.allocate(capacity: 1)

    init(_ batch: PredictionBatch) {
        let memory = ArrowMemory()
        var arrays: [ArrowArray] = []
        var schemas: [ArrowSchema] = []
        for column in batch.columns {
            let (values, format) = memory.values(of: column)
            guard column.isList else {
                arrays.append(memory.array(values, rows: column.rows, column: column))
                schemas.append(memory.schema(format: format, name: column.name))
                continue
            }
            let child = memory.array(values, rows: column.ends.last ?? 0, column: nil)
            let ends = memory.copy([0] + column.ends.map { Int32($0) })
            arrays.append(memory.array([ends], rows: column.rows, column: column, children: [child]))
            let item = memory.schema(format: format, name: "item")
            schemas.append(memory.schema(format: "+l", name: column.name, children: [item]))
        }
        array.initialize(to: memory.array([], rows: batch.rows, column: nil, children: arrays))
        schema.initialize(to: memory.schema(format: "+s", name: "", children: schemas))
    }

    deinit {
        // Whoever took them over has set these to nil.
        if array.pointee.release != nil { array.pointee.release(array) }
        if schema.pointee.release != nil { schema.pointee.release(schema) }
        array.deallocate()
        schema.deallocate()
    }
}

extension AdbcSession {
    /// Makes a table of a batch.
    func ingest(_ batch: ArrowExport, into table: String) throws(AdbcFailure) {
        try ingest(array: batch.array, schema: batch.schema, into: table)
    }
}

/// The memory of one exported batch; freed when the last array and schema let go of it.
private final class ArrowMemory {
    private var blocks: [UnsafeMutableRawPointer] = []

    deinit {
        for block in blocks { block.deallocate() }
    }

    private func block(_ bytes: Int) -> UnsafeMutableRawPointer {
        // A buffer may be empty, but not absent.
        let block = UnsafeMutableRawPointer.allocate(byteCount: max(8, bytes), alignment: 64)
        memset(block, 0, max(8, bytes))
        blocks.append(block)
        return block
    }

    func copy<Value: BitwiseCopyable>(_ values: [Value]) -> UnsafeMutableRawPointer {
        values.withUnsafeBytes { source in
            let target = block(source.count)
            if let start = source.baseAddress { memcpy(target, start, source.count) }
            return target
        }
    }

    private func bits(_ values: [Bool]) -> UnsafeMutableRawPointer {
        let target = block((values.count + 7) / 8)
        let bytes = target.assumingMemoryBound(to: UInt8.self)
        for (index, value) in values.enumerated() where value { bytes[index >> 3] |= 1 << UInt8(index & 7) }
        return target
    }

    private func text(_ text: String) -> UnsafePointer<CChar> {
        let bytes = Array(text.utf8) + [0]
        return UnsafePointer(copy(bytes).assumingMemoryBound(to: CChar.self))
    }

    /// The buffers behind the validity, and the format of the values.
    func values(of column: PredictionColumn) -> ([UnsafeMutableRawPointer], String) {
        switch column.kind {
        case .instant: return ([copy(column.integers)], "tsm:UTC")
        case .integer: return ([copy(column.integers)], "l")
        case .unsigned: return ([copy(column.integers)], "L")
        case .float: return ([copy(column.floats)], "f")
        case .double: return ([copy(column.doubles)], "g")
        case .flag: return ([bits(column.flags)], "b")
        case .text:
            var ends: [Int64] = [0]
            ends.reserveCapacity(column.texts.count + 1)
            var bytes: [UInt8] = []
            for text in column.texts {
                bytes += text.utf8
                ends.append(Int64(bytes.count))
            }
            return ([copy(ends), copy(bytes)], "U")
        }
    }

    func array(
        _ values: [UnsafeMutableRawPointer],
        rows: Int,
        column: PredictionColumn?,
        children: [ArrowArray] = []
    ) -> ArrowArray {
        let missing = column?.missing ?? 0
        let validity = missing > 0 ? column.map { bits($0.present) } : nil
        let buffers: [UnsafeRawPointer?] = [validity.map { UnsafeRawPointer($0) }] + values.map { UnsafeRawPointer($0) }
        var array = ArrowArray()
        array.length = Int64(rows)
        array.null_count = Int64(missing)
        array.n_buffers = Int64(buffers.count)
        array.buffers = copy(buffers).assumingMemoryBound(to: UnsafeRawPointer?.self)
        array.n_children = Int64(children.count)
        array.children = pointers(children)
        array.release = releaseArray
        array.private_data = Unmanaged.passRetained(self).toOpaque()
        return array
    }

    func schema(format: String, name: String, children: [ArrowSchema] = []) -> ArrowSchema {
        let nullable: Int64 = 2
        var schema = ArrowSchema()
        schema.format = text(format)
        schema.name = text(name)
        schema.flags = nullable
        schema.n_children = Int64(children.count)
        schema.children = pointers(children)
        schema.release = releaseSchema
        schema.private_data = Unmanaged.passRetained(self).toOpaque()
        return schema
    }

    /// Places for the children, and the list of where they are.
    private func pointers<Child>(_ children: [Child]) -> UnsafeMutablePointer<UnsafeMutablePointer<Child>?>? {
        guard !children.isEmpty else { return nil }
        let places = block(children.count * MemoryLayout<Child>.stride).bindMemory(
            to: Child.self,
            capacity: children.count
        )
        let list = block(children.count * MemoryLayout<UnsafeMutablePointer<Child>?>.stride)
            .bindMemory(to: UnsafeMutablePointer<Child>?.self, capacity: children.count)
        for (index, child) in children.enumerated() {
            (places + index).initialize(to: child)
            list[index] = places + index
        }
        return list
    }
}

/// The specification's release call of arrays: children that nobody took away first, then what holds the memory.
private func releaseArray(_ array: UnsafeMutablePointer<ArrowArray>?) {
    guard let array, array.pointee.release != nil else { return }
    for index in 0..<Int(array.pointee.n_children) {
        guard let child = array.pointee.children?[index], child.pointee.release != nil else { continue }
        child.pointee.release(child)
    }
    let memory = array.pointee.private_data
    array.pointee.release = nil
    if let memory { Unmanaged<ArrowMemory>.fromOpaque(memory).release() }
}

/// The same of schemas.
private func releaseSchema(_ schema: UnsafeMutablePointer<ArrowSchema>?) {
    guard let schema, schema.pointee.release != nil else { return }
    for index in 0..<Int(schema.pointee.n_children) {
        guard let child = schema.pointee.children?[index], child.pointee.release != nil else { continue }
        child.pointee.release(child)
    }
    let memory = schema.pointee.private_data
    schema.pointee.release = nil
    if let memory { Unmanaged<ArrowMemory>.fromOpaque(memory).release() }
}
