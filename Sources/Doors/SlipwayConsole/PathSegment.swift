/// A name as one segment of a path.
enum PathSegment {
    private static let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~".utf8)

    /// Everything that is not unreserved in RFC 3986 section 2.3 is written as `%XX`.
    static func encode(_ name: String) -> String {
        var output = ""
        for byte in name.utf8 {
            if unreserved.contains(byte) {
                output.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                output += digits.count == 1 ? "%0" + digits : "%" + digits
            }
        }
        return output
    }
}
