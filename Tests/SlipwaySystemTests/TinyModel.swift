import Foundation
import SlipwayDomain

/// The smallest model that can be governed: two versions of `Tests/Fixtures/onnx/make_tiny.py`.
enum TinyModel {
    /// Labelled rows that version 1 gets all right.
    static let table = "a,b,y\n1,1,1\n-1,-1,0\n2,0,1\n0,-3,0\n"

    /// One row.
    static let question: JSONValue = [
        "inputs": [["name": "features", "datatype": "FP32", "shape": [1, 2], "data": [1, 2]]]
    ]

    static func manifest(_ name: String) -> String {
        """
        apiVersion: slipway/v1
        kind: Model
        metadata: {name: \(name), owner: team-tests, tier: 3}
        spec:
          task: binary-classification
          release: {strategy: canary, steps: [50, 100], stepDuration: 1s, minRequests: 1000000, deadline: 1h}
        """
    }
}

extension RawHTTP {
    static let native = "/api/slipway/v1"
    static let mlflow = "/api/2.0/mlflow"

    /// Registers a file as the model's next version, as MLflow's client does, and gives the version's number.
    func register(
        _ bytes: [UInt8],
        as model: String,
        folder: String,
        file: String = "model.onnx"
    ) async throws -> Int {
        try await demand(
            "PUT",
            "/api/2.0/mlflow-artifacts/artifacts/\(folder)/model/\(file)",
            .bytes(bytes)
        )
        let answer = try await post(
            Self.mlflow + "/model-versions/create",
            ["name": .string(model), "source": .string("mlflow-artifacts:/\(folder)/model")]
        )
        guard let version = answer.json?["model_version"]?["version"]?.string.flatMap(Int.init) else {
            throw SystemTestError("no version was made: \(answer)")
        }
        return version
    }

    /// A registered model `name` with both tiny fixtures as versions 1 and 2, evaluated, under a tier 3 manifest whose
    /// releases wait for an order, because no test sends the million requests that they ask for.
    func makeTinyModel(_ name: String = "tiny") async throws {
        try await demand("POST", Self.mlflow + "/registered-models/create", Self.json(["name": .string(name)]))
        for version in 1...2 {
            let made = try await register(
                try Checkout.fixture("onnx/tiny-\(version).onnx"),
                as: name,
                folder: "\(name)/\(version)"
            )
            guard made == version else { throw SystemTestError("version \(version) got the number \(made)") }
        }
        try await demand(
            "POST",
            Self.native + "/manifests?file=slipway.yaml",
            .bytes(Array(TinyModel.manifest(name).utf8))
        )
        for version in 1...2 {
            let path = "\(Self.native)/models/\(name)/versions/\(version)/evaluations?label=y&file=x.csv"
            try await demand("POST", path, .bytes(Array(TinyModel.table.utf8)))
        }
    }

    /// Ships version 1 and waits until it has all traffic.
    func serveFirstVersion(of model: String = "tiny") async throws {
        let answer = try await post("\(Self.native)/models/\(model)/versions/1/ship")
        guard let release = answer.json?["release"]?["release"]?.string else {
            throw SystemTestError("no release began: \(answer)")
        }
        let end = try await finished(release)
        guard end["outcome"]?.string == "promoted" else { throw SystemTestError("version 1 was not promoted: \(end)") }
    }

    /// Waits until a release is over.
    func finished(_ release: String, within seconds: Double = 30) async throws -> JSONValue {
        let deadline = Date(timeIntervalSinceNow: seconds)
        var last: Answer?
        while Date() < deadline {
            let answer = try await get("\(Self.native)/releases/\(release)")
            if let state = answer.json, state["phase"]?.string == "finished" { return state }
            last = answer
            try await Task.sleep(for: .milliseconds(20))
        }
        throw SystemTestError("release \(release) is not over after \(seconds) s: \(last?.description ?? "no answer")")
    }

    /// Sends a request that must succeed.
    @discardableResult
    func demand(_ method: String, _ path: String, _ payload: Payload = .none) async throws -> Answer {
        var headers: [String: String] = [:]
        if ["POST", "PATCH"].contains(method), !path.contains("/manifests"), !path.contains("/evaluations") {
            headers["Content-Type"] = "application/json"
        }
        let answer = try await send(method, path, payload, headers: headers)
        guard answer.isSuccess else { throw SystemTestError("\(method) \(path): \(answer)") }
        return answer
    }

    static func json(_ value: JSONValue) throws -> Payload { .bytes(try CanonicalJSON.bytes(of: value)) }
}
