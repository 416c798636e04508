internal import Crypto
internal import Foundation
internal import SlipwayDomain

/// Keeps webhooks' secrets unreadable for whoever has the database but not the server's key: AES-256-GCM (NIST SP
/// 800-38D), bound to the webhook, so that a secret cannot be moved to another one.
package struct WebhookSecrets: Sendable {
    private let key: SymmetricKey
    private let runtime: Runtime

    /// How many bytes a key has.
    package static let keyBytes = 32

    package init(key: [UInt8], runtime: Runtime) {
        precondition(key.count == Self.keyBytes, "the key of webhook secrets has \(Self.keyBytes) bytes")
        self.key = SymmetricKey(data: key)
        self.runtime = runtime
    }

    func seal(_ secret: String, of webhook: String) throws -> [UInt8] {
        let words = [runtime.random(), runtime.random()]
        let nonce = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }.prefix(12)
        let box = try AES.GCM.seal(
            Array(secret.utf8),
            using: key,
            nonce: AES.GCM.Nonce(data: Array(nonce)),
            authenticating: Array(webhook.utf8)
        )
        guard let bytes = box.combined else { throw Self.unreadable }
        return Array(bytes)
    }

    func open(_ sealed: [UInt8], of webhook: String) throws -> String {
        guard let box = try? AES.GCM.SealedBox(combined: sealed),
            let bytes = try? AES.GCM.open(box, using: key, authenticating: Array(webhook.utf8)),
            let secret = String(validating: Array(bytes), as: UTF8.self)
        else { throw Self.unreadable }
        return secret
    }

    private static let unreadable = ServiceError(
        .internal,
        "the webhook's secret cannot be read with this server's key: set the secret again, or put webhooks.key back"
    )
}

/// The headers of a delivery, as MLflow's receivers check them.
enum WebhookSignature {
    /// `X-MLflow-Signature` is `v1,` and base64 of HMAC-SHA256 over `id.seconds.body` (mlflow.webhooks, after Standard
    /// Webhooks). The time is the attempt's, because receivers refuse old messages.
    static func message(id: String, at time: Instant, body: String, secret: String?) -> WebhookMessage {
        let seconds = String(time.milliseconds / 1000)
        var headers = [
            ("Content-Type", "application/json"), ("X-MLflow-Delivery-Id", id), ("X-MLflow-Timestamp", seconds),
        ]
        if let secret {
            let code = HMAC<SHA256>.authenticationCode(
                for: Array("\(id).\(seconds).\(body)".utf8),
                using: SymmetricKey(data: Array(secret.utf8))
            )
            headers.append(("X-MLflow-Signature", "v1," + Data(code).base64EncodedString()))
        }
        return WebhookMessage(headers: headers.map { (name: $0.0, value: $0.1) }, body: Array(body.utf8))
    }
}
