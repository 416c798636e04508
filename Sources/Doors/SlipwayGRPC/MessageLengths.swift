/// Follows the messages in a stream by the 5 bytes before each: a flag, and a big-endian length.
struct MessageLengths {
    /// Bytes of the current message's head that came so far.
    private var head = 0
    private var length = 0
    /// Bytes of the current message that are still to come.
    private var rest = 0
    /// Whether a message came compressed, so that its length says nothing of what is in it.
    private(set) var hasCompressed = false

    /// Whether a message has begun that has not ended.
    var isInside: Bool { rest > 0 || head > 0 }

    /// Takes the stream's next bytes; gives the length of the first message in them that is over the limit.
    mutating func firstOver<Bytes: RandomAccessCollection<UInt8>>(_ limit: Int, in bytes: Bytes) -> Int? {
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if rest > 0 {
                let step = min(rest, bytes.distance(from: index, to: bytes.endIndex))
                rest -= step
                index = bytes.index(index, offsetBy: step)
                continue
            }
            if head == 0 {
                hasCompressed = hasCompressed || bytes[index] != 0
            } else {
                length = length << 8 | Int(bytes[index])
            }
            head += 1
            index = bytes.index(after: index)
            guard head == 5 else { continue }
            guard length <= limit else { return length }
            (rest, head, length) = (length, 0, 0)
        }
        return nil
    }
}
