internal import HTTPTypes
internal import NIOHTTP1
internal import SlipwayJSON
package import SlipwayService
package import SlipwayWire

/// Answers those questions for which nothing has to be waited for: small ones of clients that are known already, to models
/// that run in a moment. It serves nothing that `InferenceDoor` would not: whatever is unusual or wrong is left to that.
package struct ImmediateInference: Sendable {
    private let inference: Inference
    private let access: AccessRule
    private let allowedHosts: Set<String>
    private let isDraining: @Sendable () -> Bool
    private let date: HTTPDate
    private let report: @Sendable (_ error: any Error, _ path: String) -> Void

    /// Under `allowedHosts` a request may be addressed to this server; empty for any. `report` hears of every refusal.
    package init(
        inference: Inference,
        access: AccessRule,
        allowedHosts: Set<String>,
        isDraining: @escaping @Sendable () -> Bool = { false },
        date: HTTPDate,
        report: @escaping @Sendable (_ error: any Error, _ path: String) -> Void
    ) {
        self.inference = inference
        self.access = access
        self.allowedHosts = allowedHosts
        self.isDraining = isDraining
        self.date = date
        self.report = report
    }

    /// Whether a request with this head may be answered here.
    func takes(_ head: HTTPRequestHead) -> ImmediateRequest? {
        guard let request = ImmediateRequest(head), let host = request.value("host"),
            allowedHosts.isEmpty || allowedHosts.contains(AccessMiddleware.hostName(host)),
            let caller = access.callerAtOnce(authorization: request.value("authorization")), !caller.isGateway,
            !isDraining()
        else { return nil }
        return request
    }

    /// The answer to a whole request; nil when it has to be given the long way.
    func answer(_ request: ImmediateRequest, path: String, body: [UInt8]) -> ImmediateAnswer? {
        // Whatever is thrown before the model is asked is found and told the long way.
        guard inference.isImmediate(request.model),
            let parsed = try? InferenceBody(body, headerLength: request.headerLength), let root = parsed.header?.root,
            var question = try? InferenceDecoder.question(
                root,
                tail: parsed.tail,
                headerKey: request.value("x-slipway-key")
            ),
            (try? question.request.mark { request.value($0) }) != nil
        else { return nil }
        do {
            guard
                let answer = try inference.inferAtOnce(
                    model: request.model,
                    version: request.version,
                    request: question.request
                )
            else { return nil }
            let body = try InferenceEncoder.body(of: answer, form: question.form)
            let (type, length) = (body.headerLength == nil ? "json" : "octet-stream", body.headerLength)
            return ImmediateAnswer(status: .ok, type: type, headerLength: length, date: date.text, body: body.bytes)
        } catch {
            let status = InferenceStatus(error)
            let id = question.request.id ?? request.value("x-request-id").map { String($0.prefix(128)) }
            let name = id ?? inference.newID()
            report(IdentifiedError(error, requestID: name), path)
            return ImmediateAnswer(
                status: HTTPResponseStatus(statusCode: status.status.code),
                type: "json",
                retryAfterSeconds: status.retryAfterSeconds,
                date: date.text,
                body: status.body(requestID: name)
            )
        }
    }
}
