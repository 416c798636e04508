internal import SlipwayDomain
internal import SlipwayRelease

/// The answers to the queries of one step.
struct QuestionLog {
    /// The meter of the step; an answer to an earlier one counts for nothing.
    let meter: ArmMeter
    var entries: [Entry]

    /// One query of the plan.
    struct Entry {
        let query: String
        var answered = 0
        var answers: [QueryAnswer] = []
        var askedAt: UInt64?
    }

    var evidence: [QueryEvidence] {
        entries.map { QueryEvidence(query: $0.query, answered: $0.answered, answers: $0.answers) }
    }
}

/// Asking what a manifest's queries say, beside the looks at releases: a slow server must not hold those up.
extension ReleaseController {
    func askAgainAndAgain(_ source: any MetricSource) async {
        while !Task.isCancelled {
            await askQueries(source)
            // Cancellation ends the wait and with it the loop.
            try? await runtime.sleep(Self.questionIntervalMilliseconds)
        }
    }

    /// Asks every query whose time has come, and waits for the answers.
    package func askQueries() async {
        if let metrics { await askQueries(metrics) }
    }

    private func askQueries(_ source: any MetricSource) async {
        let due = dueQuestions()
        guard !due.isEmpty else { return }
        await withTaskGroup(of: (Question, MetricReply).self) { group in
            for question in due {
                group.addTask { (question, await source.ask(question.text)) }
            }
            for await (question, reply) in group { keep(reply, to: question) }
        }
    }

    private struct Question: Sendable {
        let release: ReleaseID
        let meter: ArmMeter
        /// The query as the manifest has it, and as it is asked.
        let query: String
        let text: String
    }

    private func dueQuestions() -> [Question] {
        let now = runtime.monotonicNanoseconds()
        var due: [Question] = []
        for (release, meter) in meters {
            guard let plan = plans[release] else { continue }
            let queries = plan.analysis.compactMap(\.query)
            guard !queries.isEmpty else { continue }
            if questions[release]?.meter !== meter {
                questions[release] = QuestionLog(meter: meter, entries: queries.map { QuestionLog.Entry(query: $0) })
            }
            let pause = Self.nanosecondsBetweenQuestions(plan.demands.duration)
            for place in queries.indices {
                let askedAt = questions[release]?.entries[place].askedAt
                guard askedAt.map({ now >= $0 + pause }) ?? true else { continue }
                questions[release]?.entries[place].askedAt = now
                due.append(
                    Question(
                        release: release,
                        meter: meter,
                        query: queries[place],
                        text: QueryText.filled(queries[place], plan)
                    )
                )
            }
        }
        return due
    }

    private func keep(_ reply: MetricReply, to question: Question) {
        guard questions[question.release]?.meter === question.meter,
            let place = questions[question.release]?.entries.firstIndex(where: { $0.query == question.query })
        else { return }
        let answer = QueryAnswer(
            at: runtime.now(),
            text: String(reply.text.prefix(Self.longestText)),
            value: reply.value,
            failure: reply.failure
        )
        if reply.value != nil { questions[question.release]?.entries[place].answered += 1 }
        questions[question.release]?.entries[place].answers.append(answer)
        let surplus = (questions[question.release]?.entries[place].answers.count ?? 0) - Self.keptAnswers
        if surplus > 0 { questions[question.release]?.entries[place].answers.removeFirst(surplus) }
    }

    /// Several answers have to fit into a step's least time, and Prometheus scrapes no faster than every few seconds.
    private static func nanosecondsBetweenQuestions(_ step: Span) -> UInt64 {
        UInt64(max(1000, min(15_000, step.milliseconds / 4))) * 1_000_000
    }

    private static let questionIntervalMilliseconds: Int64 = 250
    private static let keptAnswers = 10
    private static let longestText = 500
}

/// A query with the versions of its release in it.
enum QueryText {
    /// `$model`, `$candidate`, `$stable` and `$release` stand for the release's own.
    static func filled(_ query: String, _ plan: ReleasePlan) -> String {
        var text = query
        let values = [
            ("$model", plan.model), ("$candidate", String(plan.candidate)),
            ("$stable", plan.stable.map { String($0) } ?? ""), ("$release", plan.release.text),
        ]
        for (name, value) in values { text = text.replacing(name, with: escaped(value)) }
        return text
    }

    /// A value as it may stand between quotes in PromQL.
    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("'", with: "\\'")
    }
}
