internal import SlipwayService
internal import SlipwayWire

/// The name of a file that a client uploads in parts. MLflow's client sends the path that the file has on its own
/// machine; only the last part of it matters here.
enum UploadName {
    /// With these words MLflow's client is told to send the file whole instead, and does.
    private static let sendWhole = "Multipart upload is not supported for the current artifact repository"

    /// The name at the end of a path of the client's machine.
    static func name(in text: String) throws -> ArtifactPath {
        guard text.utf8.count <= 4096 else { throw MLflowError.invalid("Invalid path: it is longer than 4,096 bytes") }
        var name = text[...]
        if let slash = name.lastIndex(of: "/") { name = name[name.index(after: slash)...] }
        // C:\Users\ada\model.onnx, \\server\share\model.onnx
        let isWindows = text.hasPrefix("\\\\") || text.dropFirst().hasPrefix(":\\")
        if isWindows, let last = name.lastIndex(of: "\\") { name = name[name.index(after: last)...] }
        let folders = text.dropLast(name.count)
        // What stands before the name is not used; what would be a trick elsewhere is refused here too.
        let before = isWindows ? folders.replacing("\\", with: "/").dropFirst(2) : folders
        do {
            _ = try ArtifactPath(String(before.drop { $0 == "/" }))
        } catch {
            throw MLflowError.invalid("\(sendWhole): \(error.message)")
        }
        let path = try ArtifactPath(String(name))
        guard path.parts.count == 1 else { throw MLflowError.invalid("Invalid path: it names no file") }
        return path
    }
}
