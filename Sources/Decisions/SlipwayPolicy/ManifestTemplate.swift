import SlipwayDomain

/// A first manifest for a model, and a reference of everything that a manifest can say.
///
/// What stands there as a setting holds; a line with `#` right before its text is one more that may be said.
package struct ManifestTemplate {
    private let model: String
    private let task: ModelTask

    package init(model: String, task: ModelTask) {
        self.model = model
        self.task = task
    }

    /// The YAML text.
    package var text: String {
        let sections = [head, evaluation, release, analysis, monitors, rest]
        return sections.flatMap(\.self).joined(separator: "\n") + "\n"
    }

    /// The name as text, whatever YAML takes it for.
    private var name: String {
        let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
        let isPlain = model.first?.isLetter == true && !words.contains(model.lowercased())
        return isPlain ? model : "\"\(model)\""
    }

    private var isClassification: Bool { [.binaryClassification, .multiclass].contains(task) }
    private var known: [ModelMetric] { ModelMetric.known(for: task) }

    /// A rule that a usable model of this task keeps.
    private var bound: String {
        switch task {
        case .binaryClassification: "metric: roc_auc, min: 0.7"
        case .multiclass: "metric: accuracy, min: 0.7"
        case .regression: "metric: mae, max: 10"
        case .ranking, .llm: ""
        }
    }

    private var head: [String] {
        let tasks = ModelTask.allCases.map(\.rawValue).joined(separator: ", ")
        return """
            # What \(model) promises and must show. To make it hold: slipway apply slipway.yaml
            # A '#' right before a setting leaves it out; take the '#' away to use it. Durations: 30s, 15m, 24h, 30d.
            apiVersion: slipway/v1
            kind: Model
            metadata:
              name: \(name)
              owner: team-name         # who answers for it and is told of incidents
              tier: 3                  # 3: ourselves only; 2: customers notice (evaluation rules, a runbook, one approval);
                                       # 1: people or the business are hurt (two approvals)
              #description: What it answers, in a sentence.
            spec:
              task: \(task.rawValue)   # \(tasks)
              # The promises that its data must keep: slipway contract infer train.parquet -o contract.yaml
              #inputs: {contract: contract.yaml}
            """.parts(at: "\n")
    }

    private var evaluation: [String] {
        guard let metric = known.first?.rawValue else {
            return ["  # There are no evaluation rules for this task: what approvers rely on is said in the runbook."]
        }
        let names = known.map(\.rawValue).joined(separator: ", ")
        var lines = """
              # What a version must show before production: slipway evaluate \(model)@1 --data holdout.parquet --label y
              # Metrics: \(names)
              evaluation:
                - {\(bound)}
                #- {metric: \(metric), against: champion, maxDrop: 0.01}      # not worse than what serves now
                #- {metric: \(metric), slice: region, minRatio: 0.8, minRows: 100}   # for each value of a column
            """.parts(at: "\n")
        if isClassification {
            lines.append(
                "    #- {metric: accuracy, group: sex, minRatio: 0.8, maxGap: 0.1, minRows: 100}   # between any two groups"
            )
        }
        return lines
    }

    private var release: [String] {
        """
          # How a version gets the traffic. Without this block: canary, the steps below, error_rate at most a point higher.
          release:
            strategy: canary           # canary, shadow, blue-green (without steps), ab (steps [50, 100], and the line ab)
            steps: [5, 25, 50, 100]    # percent of the traffic; each is also {percent: 25, pause: 10m, approve: risk},
                                       # where pause may be 'person', and approve 'peer', 'admin' or a role
            #approvers: {risk: [ana, ben]}
            #stepDuration: 5m          # what a step lasts at least
            #minRequests: 100          # what each version must have answered before a step is judged
            #deadline: 24h             # of a step: then onVerdict decides
            #progressDeadline: 7d      # of the whole release
            #windows: [mon-thu 09:00-16:00]   # when the share may grow, in UTC
            #onVerdict: {pass: go-on, fail: roll-back, inconclusive: roll-back, notEnoughData: ask, extensions: 1}
            #budget: {slowBelow: 0.25, freezeBelow: 0}   # of the objectives' error budget
            #limits: {queue: 64}       # requests that the new version may have in hand
            #exclude: {userAgents: [kube-probe], headers: {x-synthetic: "1"}}   # requests that are no evidence
            #block: 1m                 # how long requests may depend on each other; measured when not said
            #shadow: {sample: 100, then: ready}   # strategy shadow only; then: ready (wait for a person) or promote
            #ab: {metric: label_rate, goal: higher, maxObservations: 100000, undecided: roll-back, confirm: false}   # strategy ab only
        """.parts(at: "\n")
    }

    private var analysis: [String] {
        var lines = """
                # What live traffic must show at each step (docs/release-metrics.md); one risk of 5 % over all rules.
                analysis:
                  - {metric: error_rate, against: stable, maxIncrease: 0.01}
                  #- {metric: latency_p95_ms, max: 50}     # p50, p75, p90, p95, p99; also against: stable, maxIncrease: 5
                  #- {metric: disagreement, slice: region, max: 0.1}
                  #- {metric: score_distance, max: 0.05}
                  #- {metric: score_drift, max: 0.1}
            """.parts(at: "\n")
        if isClassification {
            lines.append("      #- {metric: accuracy, against: stable, maxDrop: 0.02, delay: 24h}   # or min: 0.8")
        }
        lines.append(
            "      #- {metric: prometheus, query: 'sum(rate(complaints_total[5m]))', max: 0.5}   # slipway up --prometheus"
        )
        return lines
    }

    private var monitors: [String] {
        var lines = """
              # What is watched in production; drift needs slipway profile train.parquet --as-reference \(model)@1
              #monitors:
                #drift: {features: all, minEffect: 0.05, window: 15m, minRows: 1000}   # or features: [fare, age]
            """.parts(at: "\n")
        let live = ModelMetric.live(for: task)
        if !live.isEmpty {
            lines +=
                """
                    # Quality once labels come (slipway labels); metrics: \(live.map(\.rawValue).joined(separator: ", "))
                    #performance:
                      #\(bound.replacing(", ", with: "\n      #"))
                      #labels: {delay: 24h, horizon: 90d}   # when they are known, and how long they are taken
                      #window: 7d
                      #slices: [region]
                      #tolerance: 0.05         # how far estimates without labels may be off; by its metric when not said
                """.parts(at: "\n")
        }
        if task == .binaryClassification {
            lines.append(
                "      #value: {truePositive: 50, falsePositive: -5, trueNegative: 0, falseNegative: -100, unit: EUR}"
            )
        }
        if isClassification {
            lines.append("    #fairness: [{metric: accuracy, group: sex, minRatio: 0.8, maxGap: 0.1, minRows: 100}]")
        }
        return lines
    }

    private var rest: [String] {
        """
          #predictions: {sample: 1, redact: [ssn]}   # what is kept of each answer; redact: columns that never are
          #objectives: {availability: 0.999, latency_p95_ms: 50, window: 30d}
          #runbook: runbook.md       # what whoever is woken does; tiers 1 and 2 need one
        """.parts(at: "\n")
    }
}
