internal import SlipwayDomain

/// Artifact URIs of this server, `mlflow-artifacts:/1/2f0a/artifacts`, and the paths behind them.
package enum ArtifactLocation {
    private static let scheme = "mlflow-artifacts:"

    /// Whether the URI is in this server's own scheme.
    package static func isOwn(_ uri: String) -> Bool { uri.lowercased().utf8.starts(with: scheme.utf8) }

    /// The path that a URI of this server names.
    package static func path(of uri: String) throws(ServiceError) -> ArtifactPath {
        guard isOwn(uri) else {
            throw .invalid("This server holds no artifacts of '\(uri.prefix(200))': only those of \(scheme)/... URIs")
        }
        var path = uri.unicodeScalars.dropFirst(scheme.count)
        guard !uri.holds("?") else { throw .invalid("Invalid path: '\(uri.prefix(200))' holds a '?'") }
        if path.starts(with: "///".unicodeScalars) {
            path = path.dropFirst(3)
        } else if path.starts(with: "//".unicodeScalars) {
            throw .invalid(
                "'\(uri.prefix(200))' names a host: write \(scheme)/ and the path, for artifacts of this server"
            )
        } else if path.first == "/" {
            path = path.dropFirst()
        }
        return try ArtifactPath(String(path))
    }
}
