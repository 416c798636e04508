import Foundation
import Glibc
import SlipwayDomain
import Synchronization

/// A slow receiver of webhooks on a free port of this machine, which remembers what it answered with 200.
final class WebhookReceiver: Sendable {
    let port: Int
    private let descriptor: Int32
    /// Ids of deliveries by path and model.
    private let ids = Mutex<[String: [String: Set<String>]]>([:])
    private let deliveries = Mutex(0)

    /// How many deliveries were taken, repeated ones too.
    var count: Int { deliveries.withLock { $0 } }

    /// Takes so many milliseconds for each delivery.
    init(milliseconds: UInt32) throws {
        let listener = try LoopbackListener()
        let descriptor = listener.descriptor
        self.descriptor = descriptor
        port = listener.port
        Thread.detachNewThread { [weak self] in
            while true {
                let visitor = accept(descriptor, nil, nil)
                guard visitor >= 0 else {
                    // Only here: a number that is free again may be another test's listener.
                    close(descriptor)
                    return
                }
                self?.serve(visitor, milliseconds)
                close(visitor)
            }
        }
    }

    deinit {
        // Ends the thread's wait.
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// The ids under which each model was told of at a path.
    func heard(at path: String) -> [String: Set<String>] { ids.withLock { $0[path] ?? [:] } }

    /// Whether so many receivers have heard of all names.
    func complete(_ names: Set<String>, hooks: Int) -> Bool {
        ids.withLock { ids in ids.count == hooks && ids.values.allSatisfy { names.isSubset(of: $0.keys) } }
    }

    private func serve(_ visitor: Int32, _ milliseconds: UInt32) {
        // A server that was killed while it sent leaves half a request.
        guard let (path, id, name) = Self.request(visitor) else { return }
        usleep(milliseconds * 1000)
        // Remembered before the answer is sent: the sender may die before it reads it, and must come again.
        ids.withLock { _ = $0[path, default: [:]][name, default: []].insert(id) }
        deliveries.withLock { $0 += 1 }
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        _ = answer.withCString { Glibc.send(visitor, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
    }

    private static func request(_ visitor: Int32) -> (path: String, id: String, name: String)? {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(visitor, &piece, piece.count, 0)
            guard count > 0 else { return nil }
            bytes += piece[..<count]
            let text = String(decoding: bytes, as: UTF8.self)
            guard let end = text.firstRange(of: "\r\n\r\n") else { continue }
            let head = text[..<end.lowerBound]
            let body = text[end.upperBound...]
            guard let length = head.firstMatch(of: #/(?i)content-length: (\d+)/#).flatMap({ Int($0.1) }),
                body.utf8.count >= length
            else { continue }
            guard let path = head.firstMatch(of: #/^POST (\S+) /#),
                let id = head.firstMatch(of: #/(?i)x-mlflow-delivery-id: (\S+)/#),
                let name = (try? JSONValue(parsing: Array(body.utf8)))?["data"]?["name"]?.string
            else { return nil }
            return (String(path.1), String(id.1), name)
        }
    }
}
