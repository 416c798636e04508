import SlipwayDomain
import SlipwayRelease
import Testing

@Suite("The release planner")
struct PlannerTests {
    @Test("A healthy candidate goes up step by step and stable is let go last")
    func promotion() {
        var story = Story(Fixture.plan())
        #expect(story.wanted == [.loadVersion(2)])
        story.answerAll()
        for (step, percent) in [5, 25, 50].enumerated() {
            #expect(story.wanted == [.setWeights(candidatePercent: percent), .resetEvidence(step: step)])
            story.answerAll()
            story.judge(.pass)
        }
        #expect(story.wanted == [.setWeights(candidatePercent: 100)])
        story.answerAll()
        #expect(story.wanted == [.unloadVersion(1)])
        story.answerAll()
        #expect(story.state.outcome == .promoted && story.state.isTerminal)
        let middle = ["release.step", "release.analysis"]
        #expect(
            story.types == ["release.started"] + middle + middle + middle + ["release.step", "release.completed"]
        )
    }

    @Test("A first release and a rollback go straight to 100 percent")
    func straight() {
        for plan in [Fixture.plan(stable: nil), Fixture.plan(kind: .rollback)] {
            var story = Story(plan)
            story.answerAll()
            #expect(story.wanted == [.setWeights(candidatePercent: 100)])
            story.answerAll()
            story.answerAll()
            #expect(story.state.outcome == .promoted)
        }
    }

    @Test("A failed analysis gives the traffic back, records why, and lets the candidate go")
    func rollback() {
        var story = Story(Fixture.plan())
        story.answerAll()
        story.answerAll()
        story.judge(.fail)
        #expect(story.wanted == [.setWeights(candidatePercent: 0)])
        #expect(story.types.suffix(2) == ["release.analysis", "release.step"])
        story.answerAll()
        #expect(story.wanted == [.unloadVersion(2)])
        story.answerAll()
        #expect(story.state.outcome == .rolledBack)
        #expect(story.state.reason?.hasPrefix("the analysis failed") == true)
    }

    @Test("What fails five times rolls back, but giving the traffic back is tried for ever")
    func failures() {
        var story = Story(Fixture.plan())
        for _ in 1..<ReleasePlanner.failureLimit {
            story.failFirst()
            #expect(story.state.phase == .preparing && story.effects.isEmpty)
        }
        story.failFirst()
        #expect(story.state.phase == .rollingBack)
        #expect(story.state.reason == "version 2 could not be loaded, 5 times: no memory")
        for _ in 0..<100 {
            story.failFirst()
            #expect(story.state.pendingEffects.map(\.effect) == [.setWeights(candidatePercent: 0)])
            story.now = story.now + ReleasePlanner.longestBackoff
            story.tell(.tick)
            #expect(story.wanted == [.setWeights(candidatePercent: 0)])
        }
    }

    @Test("A version that cannot be let go does not keep the release open")
    func stuckUnload() {
        var story = Story(Fixture.plan(steps: [100]))
        story.answerAll()
        story.answerAll()
        for _ in 0..<ReleasePlanner.failureLimit { story.failFirst() }
        #expect(story.state.outcome == .promoted)
        #expect(story.state.reason?.contains("version 1 could not be unloaded") == true)
    }

    @Test("An effect that nobody answers is asked for again under the same id")
    func repetition() {
        var story = Story(Fixture.plan())
        let first = story.state.pendingEffects.map(\.id)
        story.tell(.tick)
        #expect(story.effects.isEmpty)
        story.now = story.now + ReleasePlanner.answerTimeout
        story.tell(.tick)
        #expect(story.effects.map(\.id) == first)
        story.failFirst()
        #expect(story.state.pendingEffects.map(\.id) != first)
    }

    @Test(
        "At the deadline each verdict has its own policy",
        arguments: [
            (Ruling.inconclusive, VerdictPolicy(), ReleasePhase.rollingBack),
            (.inconclusive, VerdictPolicy(inconclusive: .hold), .paused),
            (.inconclusive, VerdictPolicy(inconclusive: .proceed), .progressing),
            (.notEnoughData, VerdictPolicy(), .paused),
            (.notEnoughData, VerdictPolicy(notEnoughData: .rollBack), .rollingBack),
        ]
    )
    func deadline(ruling: Ruling, policy: VerdictPolicy, expected: ReleasePhase) {
        var story = Story(Fixture.plan(policy: policy))
        story.answerAll()
        story.answerAll()
        story.judge(ruling)
        #expect(story.state.phase == .progressing && story.state.stepIndex == 0)
        story.now = story.now + .hours(1)
        story.tell(.tick)
        #expect(story.state.phase == expected)
        if expected == .progressing { #expect(story.state.stepIndex == 1) }
    }

    @Test("Silence until the deadline counts as not enough data, and resuming gives a new deadline")
    func silence() {
        var story = Story(Fixture.plan())
        story.answerAll()
        story.answerAll()
        story.now = story.now + .hours(1)
        story.tell(.tick)
        #expect(story.state.phase == .paused && story.types.last == "release.paused")
        story.tell(.resume(by: "ana"))
        story.tell(.tick)
        #expect(story.state.phase == .progressing)
        story.judge(.pass)
        #expect(story.state.stepIndex == 1)
    }

    @Test("A verdict on another step, or on evidence older than the step, counts for nothing")
    func staleVerdicts() {
        var story = Story(Fixture.plan())
        story.now = story.now + .minutes(1)
        story.answerAll()
        story.answerAll()
        for verdict in [Fixture.verdict(.pass, step: 1, from: story.now), Fixture.verdict(.fail, from: Fixture.start)] {
            let before = story.state
            story.tell(.analysed(verdict))
            #expect(story.state == before)
        }
    }

    @Test("A pause stops the progress and not the protection")
    func protection() {
        var story = Story(Fixture.plan())
        story.answerAll()
        story.answerAll()
        story.tell(.pause(by: "ana"))
        story.judge(.pass)
        #expect(story.state.phase == .paused && story.state.stepIndex == 0)
        story.judge(.fail)
        #expect(story.state.phase == .rollingBack)
    }

    @Test("A promotion while loading waits for the load and names the person")
    func promotedEarly() throws {
        var story = Story(Fixture.plan())
        story.tell(.promote(by: "ana"))
        #expect(story.effects.isEmpty && story.state.candidatePercent == 0)
        story.answerAll()
        #expect(story.wanted == [.setWeights(candidatePercent: 100)])
        let record = try #require(story.records.last)
        #expect(record.body == .step(index: 3, percent: 100, by: "ana"))
    }
}
