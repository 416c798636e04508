import SlipwayDomain
import SlipwayRelease
import Testing

@Suite("What a long step tells")
struct ProgressTests {
    private func lines(_ story: Story, after span: Span = .minutes(1)) -> String {
        story.state.progress(now: story.now + span).joined(separator: "\n")
    }

    @Test("time, counts and bounds are told while a step goes on, what is waited for while it waits")
    func step() {
        var story = Story(
            Fixture.plan(
                stepDeadline: .hours(2),
                controls: ReleaseControls(
                    stops: [ReleaseStop(step: 0, pause: .minutes(30))],
                    progressDeadline: .days(1)
                )
            )
        )
        #expect(lines(story).isEmpty, "nothing is exposed yet")
        story.begin()
        let quiet = lines(story)
        #expect(quiet.contains("step 1 of 4 at 5 %, for 1m, decided in 1h 59m at the latest"), "\(quiet)")
        #expect(quiet.contains("rolled back in 23h 59m unless it is through"), "\(quiet)")
        #expect(quiet.contains("nothing has been judged yet"))
        story.judge(.notEnoughData)
        let early = lines(story)
        #expect(early.contains("requests to version 2") && early.contains("to version 1"), "\(early)")
        story.judge(.pass)
        let passed = lines(story)
        #expect(passed.contains("the step is passed") && passed.contains("waits: step 1 passed"), "\(passed)")
        #expect(passed.contains("for 29m more"), "\(passed)")
    }

    @Test("an effect that fails is told with its next try, and the end tells nothing")
    func failing() {
        var story = Story(Fixture.plan())
        story.failFirst()
        #expect(lines(story, after: .seconds(0)).contains("version 2 could not be loaded (1 times); tried again in 1s"))
        story.tell(.abort(by: "ana", reason: "no"))
        for _ in 0..<4 { story.answerAll() }
        #expect(story.state.isTerminal && lines(story).isEmpty)
    }
}
