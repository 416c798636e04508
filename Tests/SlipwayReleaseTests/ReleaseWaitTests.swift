import SlipwayDomain
import SlipwayRelease
import Testing

@Suite("What holds a release up")
struct ReleaseWaitTests {
    private func canary(_ controls: ReleaseControls, policy: VerdictPolicy = VerdictPolicy()) -> Story {
        var story = Story(Fixture.plan(policy: policy, controls: controls))
        story.begin()
        return story
    }

    @Test("A pause keeps a passed step for its time, and a deadline in between changes nothing")
    func pause() {
        var story = canary(ReleaseControls(stops: [ReleaseStop(step: 0, pause: .minutes(59))]))
        story.judge(.pass)
        #expect(story.state.stepIndex == 0 && story.state.waiting?.kind == .pause)
        story.pass(after: .minutes(58))
        #expect(story.state.stepIndex == 0)
        story.pass(after: .minutes(1))
        #expect(story.state.stepIndex == 1)
        #expect(story.records.count { $0.type == "release.waiting" } == 1)
    }

    @Test("A failure during a pause still rolls back, and an unsure look does not unpass the step")
    func failureWhileWaiting() {
        var story = canary(ReleaseControls(stops: [ReleaseStop(step: 0, waitsForPerson: true)]))
        story.judge(.pass)
        story.judge(.inconclusive)
        story.pass(after: .hours(5))
        #expect(story.state.phase == .progressing && story.state.waiting?.kind == .person)
        story.judge(.fail)
        #expect(story.state.phase == .rollingBack && story.state.waiting == nil)
    }

    @Test("A step that waits for a person goes on at their word, one step only")
    func person() {
        var story = canary(ReleaseControls(), policy: VerdictPolicy(pass: .hold))
        for step in 0..<2 {
            story.judge(.pass)
            #expect(story.state.stepIndex == step && story.state.waiting?.kind == .person)
            story.tell(.resume(by: "ana"))
            #expect(story.state.stepIndex == step + 1)
            story.answerAll()
        }
        #expect(story.records.count { $0.type == "release.resumed" } == 2)
    }

    @Test(
        "Only a person of the role approves, and never an own release",
        arguments: [
            (StepApprover(role: "peer"), "ana", false, true), (StepApprover(role: "peer"), "ben", true, false),
            (StepApprover(role: "admin"), "ana", false, false), (StepApprover(role: "admin"), "ana", true, true),
            (StepApprover(role: "risk", people: ["eve"]), "ana", true, false),
            (StepApprover(role: "risk", people: ["eve"]), "eve", false, true),
            (StepApprover(role: "risk", people: ["ben"]), "ben", true, false),
        ]
    )
    func approval(approver: StepApprover, person: String, isAdmin: Bool, counts: Bool) {
        var story = canary(ReleaseControls(stops: [ReleaseStop(step: 1, approval: approver)], owners: ["ben"]))
        story.judge(.pass)
        #expect(story.state.waiting?.kind == .approval)
        story.tell(.promote(by: "ana"))
        #expect(story.state.phase == .progressing, "a promotion does not stand in for an approval")
        story.tell(.approve(by: person, isAdmin: isAdmin))
        #expect(story.state.stepIndex == (counts ? 1 : 0))
        #expect(story.records.contains { $0.type == "release.approved" } == counts)
    }

    @Test("A promotion that waits for its version to load is held by a freeze that comes meanwhile")
    func frozenWhileLoading() {
        var story = Story(Fixture.plan())
        story.tell(.promote(by: "ana"))
        story.tell(.surroundings(ReleaseSurroundings(freeze: "month end")))
        story.answerAll()
        #expect(story.state.phase == .promoting && story.state.candidatePercent == 0)
        #expect(story.state.waiting?.kind == .freeze && story.wanted.isEmpty)
        story.pass(after: .hours(5))
        #expect(story.state.candidatePercent == 0)
        story.tell(.surroundings(ReleaseSurroundings()))
        #expect(story.wanted == [.setWeights(candidatePercent: 100)] && story.state.waiting == nil)
        var other = Story(Fixture.plan())
        other.tell(.promote(by: "ana"))
        other.tell(.surroundings(ReleaseSurroundings(freeze: "month end")))
        other.answerAll()
        other.tell(.abort(by: "ana", reason: "enough"))
        #expect(other.state.phase == .rollingBack && other.state.waiting == nil)
    }

    @Test("A share grows only within a window")
    func window() throws {
        let window = try #require(WeeklyWindow("mon-fri 09:00-10:00"))
        // 2013-04-01 is a Monday; the story begins at 05:00.
        var story = canary(ReleaseControls(windows: [window]))
        #expect(story.state.stepIndex == nil && story.state.waiting?.kind == .window)
        #expect(story.state.waiting?.until == Instant("2013-04-01T09:00:00Z"))
        story.pass(after: .hours(4))
        story.answerAll()
        #expect(story.state.stepIndex == 0)
        story.now = story.now + .hours(1)
        story.judge(.pass)
        #expect(story.state.stepIndex == 0 && story.state.waiting?.kind == .window)
        story.judge(.fail)
        #expect(story.state.phase == .rollingBack, "a way back waits for no window")
    }

    @Test("A freeze holds every growth up, also a person's, and nothing else")
    func freeze() {
        var story = canary(ReleaseControls())
        story.tell(.surroundings(ReleaseSurroundings(freeze: "month end")))
        story.judge(.pass)
        #expect(story.state.stepIndex == 0 && story.state.waiting?.kind == .freeze)
        story.tell(.promote(by: "ana"))
        #expect(story.state.stepIndex == 0 && story.state.promotionObstacle != nil)
        story.tell(.surroundings(ReleaseSurroundings()))
        #expect(story.state.stepIndex == 1 && story.state.waiting == nil)
        var straight = Story(Fixture.plan(kind: .rollback))
        straight.tell(.surroundings(ReleaseSurroundings(freeze: "month end")))
        straight.answerAll()
        #expect(straight.wanted == [.setWeights(candidatePercent: 100)], "a rollback is never frozen")
    }

    @Test("A low budget makes steps last longer, a spent one holds them until a person takes the risk")
    func budget() {
        var story = canary(ReleaseControls())
        story.tell(.surroundings(ReleaseSurroundings(pace: .slow, budgetPercent: 20)))
        story.judge(.pass)
        #expect(story.state.stepIndex == 0 && story.state.waiting?.kind == .budget)
        story.pass(after: .minutes(4))
        #expect(story.state.stepIndex == 1)
        story.answerAll()
        story.tell(.surroundings(ReleaseSurroundings(pace: .frozen, budgetPercent: -3)))
        story.judge(.pass)
        story.pass(after: .days(1))
        #expect(story.state.stepIndex == 1 && story.state.explanation.contains("-3 % left"))
        story.tell(.promote(by: "ana"))
        #expect(story.state.phase == .promoting)
    }

    @Test("A release that does not get through in its time is rolled back, whatever it waits for")
    func progressDeadline() {
        let controls = ReleaseControls(stops: [ReleaseStop(step: 0, waitsForPerson: true)], progressDeadline: .hours(8))
        var waiting = canary(controls)
        waiting.judge(.pass)
        var paused = canary(controls)
        paused.tell(.pause(by: "ana"))
        for var story in [waiting, paused, Story(Fixture.plan(controls: controls))] {
            story.pass(after: .hours(7))
            #expect(story.state.phase != .rollingBack)
            story.pass(after: .hours(1))
            #expect(story.state.phase == .rollingBack && story.state.reason?.contains("within 8h") == true)
        }
    }

    @Test("`wait` waits without a deadline, `extend` puts it off so often and then asks")
    func waitAndExtend() {
        var wait = canary(ReleaseControls(), policy: VerdictPolicy(inconclusive: .wait))
        wait.judge(.inconclusive)
        wait.pass(after: .hours(2))
        wait.pass(after: .days(30))
        #expect(wait.state.phase == .progressing && wait.state.waiting?.kind == .evidence)
        wait.judge(.pass)
        #expect(wait.state.stepIndex == 1)
        var extend = canary(ReleaseControls(), policy: VerdictPolicy(notEnoughData: .extend, extensions: 2))
        for used in 1...2 {
            extend.pass(after: .hours(1))
            #expect(extend.state.phase == .progressing && extend.state.extensions == used)
        }
        extend.pass(after: .hours(1))
        #expect(extend.state.phase == .paused)
    }

    @Test("A clock that was set back keeps nothing waiting for the time that it showed before")
    func clockSetBack() {
        var story = Story(Fixture.plan())
        story.now = story.now + .days(2)
        story.answerAll()
        let asked = story.effects
        story.now = Fixture.start
        story.tell(.tick)
        #expect(story.effects.map(\.id) == asked.map(\.id), "what was asked for is asked for again")
        story.answerAll()
        story.tell(.tick)
        let deadline = story.state.deadlineAt ?? Fixture.start + .days(9)
        #expect(deadline <= story.now + story.state.plan.stepDeadline)
        #expect((story.state.enteredStepAt ?? story.now) <= story.now)
    }

    @Test("An A/B release ends by its winner, by its stopping rule or at its deadline")
    func comparison() {
        func story(_ undecided: VerdictAction, asks: Bool = false) -> Story {
            let rule = ComparisonRule(
                metric: .labelRate,
                goal: .higher,
                maxObservations: 5000,
                undecided: undecided,
                asksPerson: asks
            )
            let controls = ReleaseControls(comparison: rule)
            var story = Story(Fixture.plan(strategy: .ab, steps: [50, 100], controls: controls))
            story.begin()
            return story
        }
        let ends: [(ComparisonWinner, VerdictAction, ReleasePhase)] = [
            (.candidate, .hold, .promoting), (.stable, .proceed, .rollingBack), (.none, .rollBack, .rollingBack),
            (.none, .hold, .paused), (.none, .proceed, .promoting), (.open, .proceed, .progressing),
        ]
        for (winner, undecided, phase) in ends {
            var story = story(undecided)
            story.compare(winner)
            #expect(story.state.phase == phase, "\(winner) \(undecided)")
            #expect(story.records.contains { $0.type == "release.comparison" } == (winner != .open))
        }
        var late = story(.rollBack)
        late.compare(.open)
        late.pass(after: .hours(1))
        #expect(late.state.phase == .rollingBack)
        var asking = story(.rollBack, asks: true)
        asking.compare(.candidate)
        #expect(asking.state.waiting?.kind == .person)
        asking.tell(.resume(by: "ana"))
        #expect(asking.state.phase == .promoting)
    }

    @Test("A first release still asks for the approval of the last step")
    func straightApproval() {
        let stops = [
            ReleaseStop(step: 3, approval: StepApprover(role: "peer")), ReleaseStop(step: 0, pause: .minutes(5)),
        ]
        var story = Story(Fixture.plan(stable: nil, controls: ReleaseControls(stops: stops)))
        story.answerAll()
        #expect(story.state.phase == .preparing && story.state.waiting?.kind == .approval)
        story.tell(.approve(by: "ana", isAdmin: false))
        #expect(story.state.phase == .promoting)
    }
}
