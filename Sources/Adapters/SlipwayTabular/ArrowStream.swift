import CArrow
import Glibc

/// One column as the Arrow schema of a stream describes it.
struct ArrowField: Equatable {
    let name: String
    /// The format string of the Arrow C data interface.
    let format: String
    let isDictionary: Bool
    /// A number of any precision that the driver gives as text.
    var isNumeric = false
}

/// The result of a statement: batches in the Arrow C data interface.
///
/// It holds its session, and releases stream and statement in the order that ADBC asks for.
final class ArrowStream {
    private let session: AdbcSession
    private let statement = UnsafeMutablePointer<SlipwayAdbcHandle>.allocate(capacity: 1)
    private let stream = UnsafeMutablePointer<ArrowArrayStream>.allocate(capacity: 1)
    private var hasStatement = false

    init(
        session: AdbcSession,
        connection: UnsafeMutablePointer<SlipwayAdbcHandle>,
        sql: String
    ) throws(AdbcFailure) {
        self.session = session
        statement.initialize(to: SlipwayAdbcHandle())
        stream.initialize(to: ArrowArrayStream())
        let (statement, stream, table) = (statement, stream, session.driver.table)
        try session.driver.call { table.pointee.statement_new?(connection, statement, $0) }
        hasStatement = true
        try session.driver.call { table.pointee.statement_set_sql_query?(statement, sql, $0) }
        try session.driver.call { table.pointee.statement_execute_query?(statement, stream, nil, $0) }
    }

    deinit {
        if stream.pointee.release != nil { stream.pointee.release(stream) }
        let (statement, table) = (statement, session.driver.table)
        // Nothing can be done about a release that fails.
        if hasStatement { try? session.driver.call { table.pointee.statement_release?(statement, $0) } }
        stream.deallocate()
        statement.deallocate()
    }

    /// The columns.
    func fields() throws(AdbcFailure) -> [ArrowField] {
        guard stream.pointee.release != nil else { return [] }
        var schema = ArrowSchema()
        guard stream.pointee.get_schema(stream, &schema) == 0 else { throw failure() }
        defer { if schema.release != nil { schema.release(&schema) } }
        var fields: [ArrowField] = []
        for index in 0..<Int(schema.n_children) {
            guard let child = schema.children?[index]?.pointee else { continue }
            fields.append(
                ArrowField(
                    name: child.name.map { String(cString: $0) } ?? "",
                    format: child.format.map { String(cString: $0) } ?? "",
                    isDictionary: child.dictionary != nil,
                    isNumeric: Self.isNumeric(child)
                )
            )
        }
        return fields
    }

    /// The schema for somebody who takes it over; the memory of the pointer is the caller's.
    func schema() throws(AdbcFailure) -> UnsafeMutablePointer<ArrowSchema> {
        let schema = UnsafeMutablePointer<ArrowSchema>.allocate(capacity: 1)
        schema.initialize(to: ArrowSchema())
        guard stream.pointee.get_schema(stream, schema) == 0 else {
            schema.deallocate()
            throw failure()
        }
        return schema
    }

    /// Whether a column's metadata name PostgreSQL's type `numeric`: pairs of keys and values with their lengths.
    private static func isNumeric(_ field: ArrowSchema) -> Bool {
        guard let metadata = field.metadata.map({ UnsafeRawPointer($0) }) else { return false }
        var offset = 4
        for _ in 0..<metadata.loadUnaligned(as: Int32.self) {
            var texts: [String] = []
            for _ in 0..<2 {
                let length = Int(metadata.loadUnaligned(fromByteOffset: offset, as: Int32.self))
                let bytes = UnsafeRawBufferPointer(start: metadata + offset + 4, count: length)
                texts.append(String(decoding: bytes, as: UTF8.self))
                offset += 4 + length
            }
            if texts[0] == "ADBC:postgresql:typname", texts[1] == "numeric" { return true }
        }
        return false
    }

    /// The next batch, or nil at the end.
    func next() throws(AdbcFailure) -> ArrowBatch? {
        guard stream.pointee.release != nil else { return nil }
        let batch = ArrowBatch()
        guard stream.pointee.get_next(stream, batch.array) == 0 else { throw failure() }
        return batch.array.pointee.release == nil ? nil : batch
    }

    private func failure() -> AdbcFailure {
        let message = stream.pointee.get_last_error?(stream).map { String(cString: $0) }
        return AdbcFailure(message: message ?? "the stream broke off without a reason")
    }
}

/// Owns one batch of a stream.
final class ArrowBatch {
    let array = UnsafeMutablePointer<ArrowArray>.allocate(capacity: 1)

    init() {
        array.initialize(to: ArrowArray())
    }

    deinit {
        if array.pointee.release != nil { array.pointee.release(array) }
        array.deallocate()
    }
}
