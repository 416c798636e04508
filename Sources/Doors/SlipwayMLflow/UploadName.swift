import SlipwayDomain
import SlipwayService
internal import SlipwayWire

/// The name of a file that a client uploads in parts. MLflow's client sends the path that the file has on its own
/// machine; only the last part of it matters here.
enum UploadName {
    /// With these words MLflow's client is told to send the file whole instead, and does.
    private static let sendWhole = "Multipart upload is not supported for the current artifact repository"

    /// The name at the end of a path of the client's machine.
    static func name(in text: String) throws -> ArtifactPath {
        guard text.utf8.count <= 4096 else { throw MLflowError.invalid("Invalid path: it is longer than 4,096 bytes") }
        // C:\Users\ada\model.onnx, \\server\share\model.onnx
        let rest = text.unicodeScalars.dropFirst()
        let isWindows = ["\\\\", ":\\", ":/"].enumerated().contains { index, sign in
            (index == 0 ? text.unicodeScalars[...] : rest).starts(with: sign.unicodeScalars)
        }
        let path = isWindows ? text.parts(at: "\\", keepingEmpty: true).joined(separator: "/") : text
        var parts = path.parts(at: "/", keepingEmpty: true)
        let name = parts.removeLast()
        // What stands before the name is not used; what would be a trick elsewhere is refused here too.
        if isWindows, let drive = parts.first, !drive.isEmpty { parts[0] = String(drive.unicodeScalars.dropFirst(2)) }
        do {
            _ = try ArtifactPath(parts.filter { !$0.isEmpty }.joined(separator: "/"))
        } catch {
            throw MLflowError.invalid("\(sendWhole): \(error.message)")
        }
        let found = try ArtifactPath(name)
        guard found.parts.count == 1 else { throw MLflowError.invalid("Invalid path: it names no file") }
        return found
    }
}
