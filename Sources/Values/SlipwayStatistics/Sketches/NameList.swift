/// Names in byte order, stored by how much of the one before each repeats: a letter of the base-64 alphabet for the number
/// of bytes (63 at most), and the rest. Keys that differ in their ends only take a few bytes each.
enum NameList {
    private static let letters = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".unicodeScalars
    )

    /// The stored form of names in byte order.
    static func stored(_ names: [String]) -> [String] {
        var previous = ""
        return names.map { name in
            defer { previous = name }
            let shared = shared(previous, name)
            var text = String(Character(letters[shared]))
            text +=
                name.utf8.dropFirst(shared).withContiguousStorageIfAvailable { String(decoding: $0, as: UTF8.self) }
                ?? String(decoding: Array(name.utf8.dropFirst(shared)), as: UTF8.self)
            return text
        }
    }

    /// The names of a stored form; an error when it was not written by `stored`.
    static func names(_ stored: [String]) throws(StatisticsError) -> [String] {
        var names: [String] = []
        for text in stored {
            guard let letter = text.unicodeScalars.first, let shared = letters.firstIndex(of: letter) else {
                throw .malformed("a list of names")
            }
            let start = Array((names.last ?? "").utf8.prefix(shared))
            let name = String(decoding: start + Array(text.utf8.dropFirst()), as: UTF8.self)
            guard start.count == shared, NameList.shared(names.last ?? "", name) == shared else {
                throw .malformed("a list of names")
            }
            names.append(name)
        }
        return names
    }

    /// About how many bytes names and their counts take when stored.
    static func size(_ names: [String], _ counts: [Int64]) -> Int {
        var (previous, size) = ("", 0)
        for (name, count) in zip(names, counts) {
            size += name.utf8.count - shared(previous, name) + 4 + (Int64.bitWidth - count.leadingZeroBitCount + 4) / 5
            previous = name
        }
        return size
    }

    /// How many bytes both names begin with, 63 at most, up to the end of a scalar.
    private static func shared(_ a: String, _ b: String) -> Int {
        var count = 0
        for (x, y) in zip(a.unicodeScalars, b.unicodeScalars) {
            guard x == y, count + x.utf8.count <= 63 else { break }
            count += x.utf8.count
        }
        return count
    }
}
