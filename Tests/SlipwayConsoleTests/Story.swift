import SlipwayDomain
import SlipwayService

/// A ledger by hand: one model through everything that a page can show.
struct Story {
    /// One entry to be recorded.
    struct Line {
        let type: String
        let subject: String
        let at: Instant
        var actor: String
        var data: JSONValue
    }

    private(set) var lines: [Line] = []
    private let model: String

    init(model: String = "flight-delay") { self.model = model }

    /// An instant that the tests write themselves.
    static func instant(_ text: String) -> Instant {
        guard let instant = Instant(text) else { preconditionFailure("\(text) is an instant") }
        return instant
    }

    mutating func tell(_ type: String, _ at: String, by actor: String = "ada", _ data: [String: JSONValue]) {
        var members = data
        members["model"] = .string(model)
        lines.append(
            Line(
                type: type,
                subject: "models/\(model)",
                at: Self.instant(at),
                actor: actor,
                data: .object(members)
            )
        )
    }

    /// The same entries with every text of people replaced.
    func poisoned(with text: String) -> Story {
        var copy = self
        let kept: Set = ["release", "model", "verdict", "window", "startedAt", "onset", "incident", "alert", "outcome"]
        for index in copy.lines.indices {
            copy.lines[index].actor = text
            copy.lines[index].data = Self.poison(copy.lines[index].data, with: text, keeping: kept)
        }
        return copy
    }

    private static func poison(_ value: JSONValue, with text: String, keeping kept: Set<String>) -> JSONValue {
        switch value {
        case .string: .string(text)
        case .array(let items): .array(items.map { poison($0, with: text, keeping: kept) })
        case .object(let members):
            .object(
                Dictionary(
                    uniqueKeysWithValues: members.map { name, value in
                        (name, kept.contains(name) ? value : poison(value, with: text, keeping: kept))
                    }
                )
            )
        case .null, .bool, .integer, .number: value
        }
    }
}

extension Story {
    /// The whole of the demo: four versions, four releases, a summer of drift, two incidents.
    static func whole(model: String = "flight-delay") -> Story {
        var story = Story(model: model)
        story.register()
        story.firstRelease()
        story.canaries()
        story.watch()
        return story
    }

    private mutating func register() {
        tell("model.registered", "2013-04-01T00:00:01Z", [:])
        for version in 1...4 {
            tell("version.registered", "2013-04-0\(version)T06:00:00Z", ["version": .integer(Int64(version))])
        }
        tell(
            "manifest.applied",
            "2013-04-01T06:10:00Z",
            [
                "manifest": [
                    "metadata": [
                        "name": .string("flight-delay"), "owner": "team-ops", "tier": 2,
                        "description": "Will this flight arrive over 15 minutes late?",
                    ], "spec": ["runbook": "runbook.md"],
                ]
            ]
        )
    }

    private mutating func firstRelease() {
        let missing: JSONValue = [
            [
                "gate": "evaluation.present", "title": "evaluated on labelled data", "verdict": "missing",
                "reason": "there is no evaluation of this artifact", "evidence": [],
                "remedy": "slipway evaluate flight-delay@1 holdout.parquet",
            ],
            [
                "gate": "registered", "title": "in the registry", "verdict": "pass",
                "reason": "registered by ada", "evidence": ["013dc2f0a0000123456789abcdef0123"],
            ],
        ]
        tell("decision.recorded", "2013-04-01T06:20:00Z", ["version": 1, "allowed": false, "gates": missing])
        for (version, area) in [(1, 0.7134), (2, 0.7291), (3, 0.7312)] {
            tell(
                "evaluation.recorded",
                "2013-04-01T07:0\(version):00Z",
                ["version": .integer(Int64(version)), "rows": 20_345, "metrics": ["roc_auc": .number(area)]]
            )
            tell("reference.recorded", "2013-04-01T07:1\(version):00Z", ["version": .integer(Int64(version))])
            tell(
                "approval.granted",
                "2013-04-01T07:2\(version):00Z",
                by: "grace",
                ["version": .integer(Int64(version))]
            )
            tell(
                "decision.recorded",
                "2013-04-01T07:3\(version):00Z",
                [
                    "version": .integer(Int64(version)), "allowed": true,
                    "gates": [
                        [
                            "gate": "roc_auc.min", "title": "roc_auc at least 0.68", "verdict": "pass",
                            "reason": .string("roc_auc is \(area)"),
                            "evidence": ["013dc2f0a0000123456789abcdef0999"],
                        ],
                        [
                            "gate": "roc_auc.champion", "title": "roc_auc against the champion",
                            "verdict": "notApplicable", "reason": "nothing serves yet", "evidence": [],
                        ],
                    ],
                ]
            )
        }
        start("r1", version: 1, stable: nil, "2013-04-01T08:00:00Z")
        step("r1", 100, 0, "2013-04-01T08:00:01Z")
        complete("r1", "promoted", "the first version needs no comparison", "2013-04-01T08:00:02Z")
    }

    private mutating func canaries() {
        start("r2", version: 2, stable: 1, "2013-05-01T08:00:00Z")
        for (index, percent) in [5, 25, 50, 100].enumerated() {
            let day = 1 + 2 * index
            step("r2", percent, index, "2013-05-0\(day)T08:00:00Z")
            analyse("r2", "pass", index, "2013-05-0\(day + 1)T20:00:00Z", errors: 0.0001, disagreement: 0.031)
        }
        complete("r2", "promoted", "all 4 steps passed their analysis", "2013-05-09T08:00:00Z")
        start("r3", version: 3, stable: 2, "2013-06-03T08:00:00Z")
        step("r3", 5, 0, "2013-06-03T08:00:00Z")
        analyse("r3", "inconclusive", 0, "2013-06-03T20:00:00Z", errors: 0.0002, disagreement: 0.097)
        analyse("r3", "fail", 0, "2013-06-04T02:00:00Z", errors: 0.0001, disagreement: 0.4127)
        step("r3", 0, 0, "2013-06-04T02:00:01Z")
        complete(
            "r3",
            "rolledBack",
            "disagreement is 41.27 % of 980 pairs; that is over the limit of 10 %",
            "2013-06-04T02:00:02Z"
        )
        start("r4", version: 4, stable: 2, "2013-11-25T08:00:00Z")
        step("r4", 5, 0, "2013-11-25T08:00:00Z")
        analyse("r4", "notEnoughData", 0, "2013-11-25T14:00:00Z", errors: 0, disagreement: 0.02)
    }

    private mutating func start(_ id: String, version: Int, stable: Int?, _ at: String) {
        var data: [String: JSONValue] = [
            "release": .string(id), "version": .integer(Int64(version)), "kind": "change", "environment": "production",
        ]
        data["stable"] = stable.map { .integer(Int64($0)) }
        tell("release.started", at, data)
    }

    private mutating func step(_ id: String, _ percent: Int, _ index: Int, _ at: String) {
        tell(
            "release.step",
            at,
            by: "slipway",
            ["release": .string(id), "percent": .integer(Int64(percent)), "step": .integer(Int64(index))]
        )
    }

    private mutating func analyse(
        _ id: String,
        _ verdict: String,
        _ step: Int,
        _ at: String,
        errors: Double,
        disagreement: Double
    ) {
        tell(
            "release.analysis",
            at,
            by: "slipway",
            [
                "release": .string(id), "verdict": .string(verdict), "step": .integer(Int64(step)),
                "sentence": .string("the step was judged as \(verdict)"),
                "metrics": [
                    [
                        "metric": "error_rate", "candidate": .number(errors), "stable": 0.0001, "lower": -0.004,
                        "upper": 0.0061, "limit": 0.01, "n": 1204, "verdict": "pass",
                        "sentence": "error_rate is 0.01 % against 0.01 % of stable",
                    ],
                    [
                        "metric": "disagreement", "candidate": .number(disagreement),
                        "lower": .number(disagreement / 2), "upper": .number(disagreement * 1.5), "limit": 0.1,
                        "n": 980, "verdict": .string(verdict), "sentence": "disagreement was compared in 980 pairs",
                    ],
                ],
            ]
        )
    }

    private mutating func complete(_ id: String, _ outcome: String, _ reason: String, _ at: String) {
        tell(
            "release.completed",
            at,
            by: "slipway",
            ["release": .string(id), "outcome": .string(outcome), "reason": .string(reason), "kind": "change"]
        )
    }
}
