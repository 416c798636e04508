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
        return plans
    }()

    private static let policies = [
        VerdictPolicy(), VerdictPolicy(fail: .hold),
        VerdictPolicy(inconclusive: .hold, notEnoughData: .rollBack), VerdictPolicy(inconclusive: .proceed),
    ]
}
