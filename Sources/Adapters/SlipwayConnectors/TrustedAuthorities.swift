internal import Glibc
internal import NIOSSL

/// Certificate authorities out of one PEM file, which are trusted beside those of the machine.
package struct TrustedAuthorities: Sendable {
    /// Where they were read.
    package let file: String
    private let certificates: [NIOSSLCertificate]

    /// Reads the file that was named by a command's `option`.
    package init(file: String, option: String) throws(AuthoritiesError) {
        // Opening a pipe waits for whoever writes into it.
        guard Self.isFile(file), let found = try? NIOSSLCertificate.fromPEMFile(file), !found.isEmpty else {
            throw AuthoritiesError(option: option, file: file)
        }
        (self.file, certificates) = (file, found)
    }

    private static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// How a client checks a server's certificate.
    static func configuration(_ authorities: TrustedAuthorities?) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let authorities { configuration.additionalTrustRoots = [.certificates(authorities.certificates)] }
        return configuration
    }
}

/// A file of authorities cannot be used.
package struct AuthoritiesError: Error, CustomStringConvertible {
    let option: String
    let file: String

    package var description: String {
        "\(option) \(file) holds no certificate, or one that cannot be read: it must be a PEM file of certificates"
    }
}
