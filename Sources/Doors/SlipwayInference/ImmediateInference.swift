internal import HTTPTypes
internal import NIOHTTP1
internal import SlipwayJSON
package import SlipwayService
package import SlipwayWire

/// Answers those questions for which no task has to wait: plain ones of clients that are known already, to models that run
/// in this process. It serves nothing that `InferenceDoor` would not: whatever is unusual or wrong is left to that.
package final class ImmediateInference: Sendable {
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

    /// What a head asks for, if it may be answered here whoever asks.
    func reads(_ head: HTTPRequestHead) -> ImmediateRequest? {
        guard let request = ImmediateRequest(head), let host = request.value("host"),
            allowedHosts.isEmpty || allowedHosts.contains(AccessMiddleware.hostName(host))
        else { return nil }
        return request
    }

    /// Whether who sent a request may have its answer now.
    func admits(_ request: ImmediateRequest) -> Bool {
        guard let caller = access.callerAtOnce(authorization: request.value("authorization")) else { return false }
        return !caller.isGateway && !isDraining()
    }

    /// What becomes of a question here.
    enum Outcome {
        case answer(ImmediateAnswer)
        /// The answer will come from another thread.
        case later
        /// It has to be asked the long way.
        case elsewhere
    }

    /// Answers a whole request, or lets `later` hear the answer.
    func answer(
        _ request: ImmediateRequest,
        body: [UInt8],
        later: @escaping @Sendable (ImmediateAnswer) -> Void
    ) -> Outcome {
        // Whatever is thrown before the model is asked is found and told the long way.
        guard let endpoint = inference.endpointHere(request.model),
            let parsed = try? InferenceBody(body, headerLength: request.headerLength), let root = parsed.header?.root,
            var question = try? InferenceDecoder.question(
                root,
                tail: parsed.tail,
                headerKey: request.value("x-slipway-key")
            ),
            (try? question.request.mark { request.value($0) }) != nil
        else { return .elsewhere }
        let (form, id, path) = (question.form, question.request.id ?? request.requestID, request.path)
        do {
            let answer = try inference.inferPromptly(
                endpoint,
                version: request.version,
                request: question.request
            ) { [self] result in
                later(written(result, form: form, id: id, path: path))
            }
            guard let answer else { return .later }
            return .answer(written(.success(answer), form: form, id: id, path: path))
        } catch {
            return .answer(written(.failure(error), form: form, id: id, path: path))
        }
    }

    private func written(
        _ result: Result<InferenceAnswer, any Error>,
        form: AnswerForm,
        id: String?,
        path: String
    ) -> ImmediateAnswer {
        do {
            let body = try InferenceEncoder.body(of: try result.get(), form: form)
            let (type, length) = (body.headerLength == nil ? "json" : "octet-stream", body.headerLength)
            return ImmediateAnswer(status: .ok, type: type, headerLength: length, date: date.text, body: body.bytes)
        } catch {
            let status = InferenceStatus(error)
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
