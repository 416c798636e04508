import SlipwayDomain
import SlipwayRelease

/// The plans that simulated releases follow.
enum SimulatorPlans {
    static let counts = Fixture.counts

    static let all: [ReleasePlan] = {
        var plans: [ReleasePlan] = []
        for steps in [[5, 25, 50, 100], [10, 100], [100]] {
            for policy in policies {
                plans.append(Fixture.plan(steps: steps, stepDeadline: .minutes(4), policy: policy))
            }
        }
        plans.append(Fixture.plan(stable: nil))
        plans.append(Fixture.plan(kind: .rollback))
        return plans + strategies
    }()

    /// Every strategy and every control.
    static let strategies: [ReleasePlan] = {
        var plans: [ReleasePlan] = []
        for policy in policies {
            plans.append(Fixture.plan(strategy: .shadow, steps: [0, 100], stepDeadline: .minutes(4), policy: policy))
            plans.append(
                Fixture.plan(strategy: .blueGreen, steps: [0, 100, 100], stepDeadline: .minutes(4), policy: policy)
            )
        }
        plans.append(Fixture.plan(strategy: .shadow, steps: [0, 10, 50, 100], stepDeadline: .minutes(4)))
        plans.append(Fixture.shadow)
        for undecided in [VerdictAction.rollBack, .hold, .proceed] {
            let rule = ComparisonRule(metric: .errorRate, goal: .lower, undecided: undecided)
            plans.append(
                Fixture.plan(
                    strategy: .ab,
                    steps: [50, 100],
                    stepDeadline: .minutes(10),
                    controls: ReleaseControls(comparison: rule)
                )
            )
        }
        for controls in controls {
            plans.append(Fixture.plan(stepDeadline: .minutes(6), controls: controls))
        }
        return plans
    }()

    private static let controls = [
        ReleaseControls(stops: [ReleaseStop(step: 0, pause: .minutes(3)), ReleaseStop(step: 1, waitsForPerson: true)]),
        ReleaseControls(stops: [ReleaseStop(step: 2, approval: StepApprover(role: "peer"))], owners: ["ben"]),
        ReleaseControls(
            windows: ["mon-fri 00:00-23:30", "sat-sun 10:00-20:00"].compactMap { WeeklyWindow($0) },
            progressDeadline: .hours(30)
        ),
    ]

    private static let policies = [
        VerdictPolicy(), VerdictPolicy(fail: .hold),
        VerdictPolicy(inconclusive: .hold, notEnoughData: .rollBack), VerdictPolicy(inconclusive: .proceed),
        VerdictPolicy(pass: .hold, inconclusive: .extend, notEnoughData: .wait, extensions: 2),
    ]
}
