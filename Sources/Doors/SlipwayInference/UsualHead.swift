internal import Glibc

/// The bytes of a request's head, but for how long its body is: a client's requests nearly all begin with them.
///
/// Whoever reads the same bytes once more reads the same head.
struct UsualHead {
    /// What stands before the digits of the body's length, and what behind them.
    private let front: [UInt8]
    private let back: [UInt8]

    /// A million bytes have seven digits: what is longer has not come with its head.
    private static let mostDigits = 6

    /// Nil when the bytes are no head with its empty line, or say the body's length otherwise than most do.
    init?(_ head: [UInt8]) {
        guard head.withUnsafeBytes({ Self.end(in: $0) }) == head.count else { return nil }
        var found: Range<Int>?
        for name in head.indices where Self.isName(at: name, in: head) {
            let first = name + Self.name.count
            let digits = head[first...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 }
            guard found == nil, (1...Self.mostDigits).contains(digits.count), digits.first != UInt8(ascii: "0"),
                head[digits.endIndex...].starts(with: "\r\n".utf8)
            else { return nil }
            found = digits.startIndex..<digits.endIndex
        }
        guard let found else { return nil }
        front = Array(head[..<found.lowerBound])
        back = Array(head[found.upperBound...])
    }

    private static let name = Array("\ncontent-length: ".utf8)

    private static func isName(at place: Int, in head: [UInt8]) -> Bool {
        guard head[place] == name[0], head.count - place > name.count else { return false }
        return zip(head[place...], name).allSatisfy { byte, wanted in
            byte == wanted || (UInt8(ascii: "A")...UInt8(ascii: "Z")) ~= byte && byte | 0x20 == wanted
        }
    }

    /// How long the head is with which these bytes begin, and the body that it announces; nil when it is another head.
    func lengths(in bytes: UnsafeRawBufferPointer) -> (head: Int, body: Int)? {
        guard bytes.count > front.count + back.count, bytes.starts(with: front, at: 0) else { return nil }
        var place = front.count
        var body = 0
        while place < bytes.count, case let digit = bytes[place] &- UInt8(ascii: "0"), digit < 10 {
            guard place - front.count < Self.mostDigits, digit > 0 || body > 0 else { return nil }
            body = body * 10 + Int(digit)
            place += 1
        }
        guard body > 0, bytes.starts(with: back, at: place) else { return nil }
        return (place + back.count, body)
    }

    /// Where the first empty line ends, as strict and lenient readers see it; nil when there is none.
    static func end(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let start = bytes.baseAddress else { return nil }
        var place = 0
        while let found = memchr(start + place, 0x0A, bytes.count - place) {
            place = start.distance(to: UnsafeRawPointer(found)) + 1
            if place < bytes.count, bytes[place] == 0x0A { return place + 1 }
            if place + 1 < bytes.count, bytes[place] == 0x0D, bytes[place + 1] == 0x0A { return place + 2 }
        }
        return nil
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func starts(with others: [UInt8], at place: Int) -> Bool {
        guard count - place >= others.count, let start = baseAddress else { return false }
        return others.withUnsafeBytes { memcmp(start + place, $0.baseAddress ?? start, $0.count) == 0 }
    }
}
