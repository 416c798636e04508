internal import FoundationEssentials
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import GRPCProtobuf
internal import Glibc
internal import SlipwayOpenInference
package import SlipwayService
internal import SwiftProtobuf

/// An upstream that speaks the Open Inference Protocol by gRPC: one HTTP/2 connection, tensors as raw bytes.
package final class GRPCUpstream: UpstreamTransport {
    private let upstream: UpstreamDeclaration
    private let client: GRPCClient<HTTP2ClientTransport.Posix>
    /// Keeps the connection; ends when the client is told to.
    private let connections: Task<Void, Never>

    private typealias Calls = Inference_GRPCInferenceService.Method

    /// A server that speaks TLS shows a certificate of an authority that this machine trusts, or of one in the PEM file
    /// `authorities`.
    package init(_ upstream: UpstreamDeclaration, authorities: String? = nil) throws(ServiceError) {
        self.upstream = upstream
        do {
            let transport = try HTTP2ClientTransport.Posix(
                target: Self.target(upstream.url),
                transportSecurity: upstream.url.isSecure ? Self.security(authorities) : .plaintext,
                config: .defaults { config in
                    // The circuit breaker decides when to try again; the transport only must not be slower than it.
                    config.backoff.initial = .milliseconds(100)
                    config.backoff.max = .seconds(1)
                }
            )
            let client = GRPCClient(transport: transport)
            self.client = client
            connections = Task {
                // How it ends is told by the calls.
                try? await client.runConnections()
            }
        } catch {
            throw .unavailable("no gRPC client can be made for \(upstream.address)")
        }
    }

    private static func security(_ authorities: String?) -> HTTP2ClientTransport.Posix.TransportSecurity {
        guard let authorities else { return .tls }
        // The library trusts either the machine's authorities or those that are named, so that the machine's are named too.
        let machine = machineAuthorities.filter { access($0, R_OK) == 0 }.prefix(1)
        return .tls { $0.trustRoots = .certificates(([authorities] + machine).map { .file(path: $0, format: .pem) }) }
    }

    /// Where Debian's and Red Hat's families keep them, as NIOSSL looks for them.
    private static let machineAuthorities = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]

    package func close() {
        client.beginGracefulShutdown()
        connections.cancel()
    }

    private static func target(_ url: WebhookURL) -> any ResolvableTarget {
        guard let address = url.address else { return ResolvableTargets.DNS(host: url.host, port: url.port) }
        guard address.bytes.count == 4 else {
            return ResolvableTargets.IPv6(addresses: [SocketAddress.IPv6(host: url.host, port: url.port)])
        }
        return ResolvableTargets.IPv4(addresses: [SocketAddress.IPv4(host: url.host, port: url.port)])
    }

    package func describe(timeoutMilliseconds: Int) async throws(UpstreamFailure) -> UpstreamDescription {
        let ready: Inference_ModelReadyResponse = try await call(
            Calls.ModelReady.descriptor,
            Inference_ModelReadyRequest.with {
                $0.name = upstream.model
                $0.version = upstream.version ?? ""
            },
            timeoutMilliseconds
        )
        guard ready.ready else { throw .failed("the model is not ready there") }
        let told: Inference_ModelMetadataResponse = try await call(
            Calls.ModelMetadata.descriptor,
            Inference_ModelMetadataRequest.with {
                $0.name = upstream.model
                $0.version = upstream.version ?? ""
            },
            timeoutMilliseconds
        )
        return UpstreamDescription(
            inputs: try Self.signatures(told.inputs),
            outputs: try Self.signatures(told.outputs),
            properties: told.properties
        )
    }

    package func infer(_ inputs: [Tensor], timeoutMilliseconds: Int) async throws(UpstreamFailure) -> UpstreamAnswer {
        var question = Inference_ModelInferRequest()
        question.modelName = upstream.model
        question.modelVersion = upstream.version ?? ""
        question.inputs = inputs.map { input in
            .with {
                $0.name = input.name
                $0.datatype = input.data.type.rawValue
                $0.shape = input.shape.map(Int64.init)
            }
        }
        question.rawInputContents = inputs.map { RawContents.bytes(of: $0.data) }
        question.outputs = upstream.outputs.map { output in .with { $0.name = output.name } }
        let answer: Inference_ModelInferResponse = try await call(
            Calls.ModelInfer.descriptor,
            question,
            timeoutMilliseconds
        )
        do throws(ServiceError) {
            return UpstreamAnswer(
                version: answer.modelVersion.isEmpty ? nil : answer.modelVersion,
                outputs: try ModelInferAnswer.tensors(answer)
            )
        } catch {
            throw .wrong(error.message)
        }
    }

    private func call<Question: SwiftProtobuf.Message, Answer: SwiftProtobuf.Message>(
        _ method: MethodDescriptor,
        _ question: Question,
        _ milliseconds: Int
    ) async throws(UpstreamFailure) -> Answer {
        var options = CallOptions.defaults
        options.timeout = .milliseconds(milliseconds)
        options.waitForReady = false
        // The transport bounds what comes in by the limit for what goes out.
        options.maxRequestMessageBytes = upstream.limits.answerBytes
        options.maxResponseMessageBytes = upstream.limits.answerBytes
        do {
            return try await client.unary(
                request: ClientRequest(message: question),
                descriptor: method,
                serializer: ProtobufSerializer<Question>(),
                deserializer: ProtobufDeserializer<Answer>(),
                options: options
            ) { try $0.message }
        } catch let error as RPCError {
            throw GRPCFailure.failure(error, isCancelled: Task.isCancelled)
        } catch is CancellationError {
            throw .cancelled
        } catch {
            throw .broken("the other side does not speak gRPC as servers do")
        }
    }

    private static func signatures(
        _ told: [Inference_ModelMetadataResponse.TensorMetadata]
    ) throws(UpstreamFailure) -> [TensorSignature] {
        var signatures: [TensorSignature] = []
        for tensor in told {
            guard let type = TensorType(rawValue: tensor.datatype) else {
                throw .wrong("its metadata has the datatype '\(UpstreamFailure.words(tensor.datatype))'")
            }
            let shape = tensor.shape.map { Int(clamping: $0) }
            signatures.append(TensorSignature(name: tensor.name, type: type, shape: shape))
        }
        return signatures
    }
}
