/// Flat lists of numbers, read straight from the tape: a tensor has thousands.
extension JSONNode {
    /// Appends the elements of an array to `values`, as `read` makes them of a number; false at the first element that is
    /// no number or that `read` refuses.
    private func appendNumbers<Value>(
        to values: inout [Value],
        _ read: (_ bits: UInt64, _ tag: UInt8) -> Value?
    ) -> Bool {
        let (start, end) = (index + 1, elements.end)
        let words = UnsafeBufferPointer(start: document.tape + start, count: max(0, end - start))
        // A number is two words: to look for room before each would cost more than to read it.
        let numbers = [Value](unsafeUninitializedCapacity: words.count / 2) { numbers, count in
            var place = 0
            while place + 1 < words.count {
                let tag = UInt8(truncatingIfNeeded: words[place] >> 56)
                guard tag == UInt8(ascii: "d") || tag == UInt8(ascii: "l") || tag == UInt8(ascii: "u"),
                    let value = read(words[place + 1], tag)
                else { return }
                numbers.initializeElement(at: count, to: value)
                count += 1
                place += 2
            }
        }
        if values.isEmpty { values = numbers } else { values += numbers }
        return numbers.count * 2 == words.count
    }

    private static func double(_ bits: UInt64, _ tag: UInt8) -> Double {
        switch tag {
        case UInt8(ascii: "d"): Double(bitPattern: bits)
        case UInt8(ascii: "l"): Double(Int64(bitPattern: bits))
        default: Double(bits)
        }
    }

    /// Appends an array's elements; false, after some of them, when one is no number.
    package func append(to values: inout [Double]) -> Bool {
        appendNumbers(to: &values) { Self.double($0, $1) }
    }

    /// Appends an array's elements in single precision; false, after some of them, when one is no number that fits.
    package func append(to values: inout [Float]) -> Bool {
        appendNumbers(to: &values) { bits, tag in
            let value = Float(Self.double(bits, tag))
            return value.isFinite ? value : nil
        }
    }

    /// Appends an array's elements; false, after some of them, when one is not written as a whole number of 64 bits.
    package func append(to values: inout [Int64]) -> Bool {
        appendNumbers(to: &values) { bits, tag in tag == UInt8(ascii: "l") ? Int64(bitPattern: bits) : nil }
    }
}
