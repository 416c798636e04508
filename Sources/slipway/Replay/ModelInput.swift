import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SlipwayDomain

/// The input tensor of a served model and the names of its columns, read from the model itself.
struct ModelInput: Sendable {
    /// The tensor's name.
    let name: String
    /// The columns in the order of the tensor.
    let features: [String]

    init(model: String, client: Client) async throws {
        var request = HTTPClientRequest(url: "\(client.url)/v2/models/\(model.urlPart)")
        if let token = client.token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        let response = try await Client.http.execute(request, timeout: .seconds(30))
        let value = try JSONValue(parsing: Array(try await response.body.collect(upTo: 1 << 20).readableBytesView))
        guard response.status == .ok else {
            throw CommandError(value["error"]?.string ?? "\(client.url) does not serve \(model)")
        }
        guard let inputs = value["inputs"]?.array, inputs.count == 1, let name = inputs[0]["name"]?.string,
            inputs[0]["datatype"]?.string == "FP32",
            let text = value["properties"]?["slipway.features"]?.string,
            let features = try JSONValue(parsing: Array(text.utf8)).array?.compactMap(\.string), !features.isEmpty
        else {
            throw CommandError(
                "a replay needs a model with one FP32 input whose columns are named in the file's metadata as slipway.features"
            )
        }
        self.name = name
        self.features = features
    }
}
