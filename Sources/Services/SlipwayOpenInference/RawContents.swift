package import FoundationEssentials
package import SlipwayService

/// Elements as the protocol's raw contents hold them: little-endian, row-major, without padding; BOOL is one byte, and
/// each of BYTES is its length in 4 bytes and then itself.
package enum RawContents {
    /// The most elements of BYTES: each of them takes more room in memory than on the wire.
    package static let mostTexts = 4_000_000

    package static func tensor(_ bytes: Data, as type: TensorType, count: Int, place: String) throws(ServiceError)
        -> TensorData
    {
        if let width = type.width {
            let (size, overflow) = count.multipliedReportingOverflow(by: width)
            guard !overflow, bytes.count == size else {
                throw .invalid(
                    "\(place) has \(bytes.count) raw bytes, its shape and \(type.rawValue) ask for "
                        + (overflow ? "more than there can be" : "\(size)")
                )
            }
        } else {
            // Counted before they are taken apart.
            let found = texts(in: bytes)
            guard found == count, count <= mostTexts else {
                throw .invalid(
                    "\(place) has "
                        + (found.map { "\($0) raw elements" } ?? "raw bytes that end within an element")
                        + ", its shape asks for \(count) (of at most \(mostTexts)): each is its length in 4 bytes "
                        + "(little-endian), then itself"
                )
            }
        }
        do {
            return try TensorData(decoding: TensorBytes([UInt8](bytes)[...], of: type))
        } catch {
            throw .invalid("\(place): \(error.message)")
        }
    }

    /// How many texts there are; nil when the bytes end within one.
    private static func texts(in bytes: Data) -> Int? {
        bytes.withUnsafeBytes { buffer in
            var (position, count) = (0, 0)
            while position < buffer.count {
                guard buffer.count - position >= 4 else { return nil }
                let length = buffer.loadUnaligned(fromByteOffset: position, as: UInt32.self)
                guard Int(length) <= buffer.count - position - 4 else { return nil }
                position += 4 + Int(length)
                count += 1
            }
            return count
        }
    }

    package static func bytes(of data: TensorData) -> Data { Data(data.raw.bytes) }
}
