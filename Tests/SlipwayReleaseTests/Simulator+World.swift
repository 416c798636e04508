import SlipwayDomain
import SlipwayRelease
import SlipwayStatistics

/// What happens in the simulated world.
extension Simulator {
    func take(_ happening: Happening) throws {
        switch happening {
        case .deliver(let event, let controller, let tries): plan(event, controller, tries)
        case .commit(let transition, let event, let controller, let epoch, let tries):
            guard controllers[controller].epoch == epoch else { return }
            commit(transition, event, controller, tries)
        case .carryOut(let effect, let sender): carryOut(effect, sender)
        case .tick(let controller): tick(controller)
        case .look(let controller): try look(controller)
        case .restart(let controller): restart(controller)
        case .person: personActs()
        case .surroundings: surroundingsChange()
        case .calm: calmDown()
        }
    }

    // MARK: A controller

    private func plan(_ event: ReleaseEvent, _ controller: Int, _ tries: Int) {
        guard controllers[controller].isUp else { return }
        // A replica of the store may lag: the revision check has to catch what is planned on it.
        let seen = strikes(.storeStale, weather.storeIsStale) ? oldRow : row
        let transition = step(seen, sabotage.distort(event, seen), controller)
        guard transition.isChange else { return }
        let epoch = controllers[controller].epoch
        queue.add(.commit(transition, of: event, by: controller, epoch: epoch, tries: tries), at: soon(60))
    }

    /// What the use case does: the world around the release is told in the same transaction as the event.
    private func step(_ seen: ReleaseState, _ event: ReleaseEvent, _ controller: Int) -> Transition {
        let time = Instant(milliseconds: now + controllers[controller].clockOffset)
        if seen.revision > 0 {
            let news = ReleaseSurroundings(freeze: freeze, pace: pace, budgetPercent: pace == .normal ? nil : 3)
            let told = ReleasePlanner.step(seen, .surroundings(news), now: time)
            // One transition after the other; the event that began this comes again with the next tick or look.
            if told.isChange { return told }
        }
        return ReleasePlanner.step(seen, event, now: time)
    }

    private func commit(_ transition: Transition, _ event: ReleaseEvent, _ controller: Int, _ tries: Int) {
        if strikes(.crash, weather.crash) { return crash(controller) }
        if strikes(.storeRefused, weather.storeFails) {
            note("the store refuses")
            if tries < 8 { queue.add(.deliver(event, to: controller, tries: tries + 1), at: soon(2000)) }
            return
        }
        if sabotage.hasRevisionCheck, transition.state.revision != row.revision + 1 {
            // Another controller was faster: read again, plan again.
            troubles[.overtaken, default: 0] += 1
            if tries < 8 { queue.add(.deliver(event, to: controller, tries: tries + 1), at: soon(20)) }
            return
        }
        note(
            "controller \(controller) stores r\(transition.state.revision) \(transition.state.phase.rawValue) on \(event)"
        )
        violation =
            SimulatorChecks.violation(from: row, by: transition)
            ?? SimulatorChecks.growth(from: row, to: transition.state)
        oldRow = row
        row = transition.state
        if row.phase == .rollingBack, rollback == nil { rollback = row.revision }
        ledgerRevisions += 1
        for record in transition.records {
            if case .step(_, let percent, _) = record.body { ledgerPercent = percent }
        }
        if strikes(.crash, weather.crash) { return crash(controller) }
        if strikes(.commitAnswerLost, weather.commitAnswerLost) {
            queue.add(.deliver(event, to: controller, tries: tries + 1), at: soon(1000))
            return
        }
        send(transition.effects, from: controller)
    }

    private func send(_ effects: [PendingEffect], from controller: Int) {
        for effect in effects {
            if strikes(.crash, weather.crash) { return crash(controller) }
            queue.add(.carryOut(effect, sender: controller), at: arrival())
            if strikes(.messageTwice, weather.messageTwice) {
                queue.add(.carryOut(effect, sender: controller), at: arrival())
            }
        }
    }

    private func carryOut(_ pending: PendingEffect, _ sender: Int) {
        let hasFailed = strikes(.effectFailed, weather.effectFails)
        // Half of the failures are lies: the thing was done and the answer says that it was not.
        if !hasFailed || random.chance(500) {
            let since = max(now, row.enteredStepAt?.milliseconds ?? now)
            fleet.carryOut(pending, now: since)
            // Not before: weights that were asked for earlier may still be on their way.
            if let rollback, pending.id.revision >= rollback, pending.effect == .setWeights(candidatePercent: 0) {
                wasGivenBack = true
            }
            note("\(pending.effect) \(pending.id) carried out: candidate \(fleet.candidateWeight) %")
            checkTraffic()
        } else {
            note("\(pending.effect) \(pending.id) failed")
        }
        if strikes(.messageLost, weather.messageLost) { return }
        let answer: ReleaseEvent =
            hasFailed ? .effectFailed(pending.id, reason: "no answer") : .effectCompleted(pending.id)
        queue.add(.deliver(answer, to: sender, tries: 0), at: arrival())
        if strikes(.messageTwice, weather.messageTwice) {
            queue.add(.deliver(answer, to: sender, tries: 0), at: arrival())
        }
    }

    private func checkTraffic() {
        if violation == nil {
            violation = SimulatorChecks.violation(of: fleet, plan: row.plan, allowed: allowed)
        }
        if wasGivenBack && fleet.candidateWeight > 0 { violation = "the candidate got traffic after its rollback" }
    }

    private func tick(_ controller: Int) {
        guard !row.isTerminal else { return }
        queue.add(.tick(controller), at: now + 10_000 + Int64(random.below(20_000)))
        if strikes(.clockJump, weather.clockJumps) {
            controllers[controller].clockOffset = Int64(random.below(10_800_000)) - 3_600_000
            note("the clock of controller \(controller) is off by \(controllers[controller].clockOffset) ms")
        }
        queue.add(.deliver(.tick, to: controller, tries: 0), at: now)
        if isCalm && row.phase == .paused {
            // In calm weather somebody is awake: what failed is rolled back, everything else goes on.
            let isHopeless = isBad && row.plan.policy.fail == .hold
            let word: ReleaseEvent =
                isHopeless ? .rollback(by: "ana", reason: "it failed") : .resume(by: "ana")
            queue.add(.deliver(word, to: controller, tries: 0), at: soon(1000))
        }
        if isCalm, let waiting = row.waiting {
            // What waits for people gets their word.
            if waiting.kind == .person {
                queue.add(.deliver(.resume(by: "ana"), to: controller, tries: 0), at: soon(1000))
            } else if waiting.kind == .approval {
                queue.add(.deliver(.approve(by: "ana", isAdmin: false), to: controller, tries: 0), at: soon(1000))
            }
        }
    }

    private func crash(_ controller: Int) {
        note("controller \(controller) crashes")
        controllers[controller].isUp = false
        controllers[controller].epoch += 1
        queue.add(.restart(controller), at: now + 500 + Int64(random.below(90_000)))
    }

    private func restart(_ controller: Int) {
        guard !controllers[controller].isUp else { return }
        note("controller \(controller) starts again")
        controllers[controller].isUp = true
        if row.revision == 0 {
            queue.add(.deliver(.started, to: controller, tries: 0), at: soon(100))
        } else {
            send(row.pendingEffects, from: controller)
        }
    }

    // MARK: Evidence

    private func look(_ controller: Int) throws {
        guard !row.isTerminal else { return }
        queue.add(.look(controller), at: now + 20_000 + Int64(random.below(40_000)))
        if strikes(.gatewayRestart, weather.gatewayRestarts) {
            note("the gateway starts again")
            fleet.forgetEvidence()
        }
        guard controllers[controller].isUp, let step = row.stepIndex else { return }
        let reading = now + controllers[controller].clockOffset
        if row.pendingEffects.isEmpty, fleet.evidenceFrom[step].map({ $0 > max(reading, enteredStepAt) }) ?? true {
            // Counts that are gone, or that began at a time that is not yet, begin anew.
            fleet.carryOut(
                PendingEffect(
                    id: EffectID(revision: 0, index: 0),
                    effect: .resetEvidence(step: step),
                    failures: 0,
                    dueAt: Fixture.start
                ),
                now: max(reading, enteredStepAt)
            )
        }
        guard let from = fleet.evidenceFrom[step] else { return }
        let isStale = strikes(.staleAnalysis, weather.staleAnalysis)
        // Where clocks jump, the time of a step may be mended to any that a clock showed: hours before the world began.
        let stale = weather.clockJumps > 0 ? Self.beforeAllClocks : enteredStepAt - 1
        let evidence = try AnalysisEvidence(
            step: step,
            from: Instant(milliseconds: isStale ? stale : from),
            to: Instant(milliseconds: max(from, reading)),
            candidate: SimulatorPlans.counts,
            stable: SimulatorPlans.counts
        )
        let verdict = AnalysisVerdict(
            overall: isStale ? (random.chance(500) ? .pass : .fail) : ruling(),
            rules: [],
            evidence: evidence,
            demands: row.plan.demands,
            alphaShare: row.plan.alphaShare
        )
        queue.add(.deliver(.analysed(verdict), to: controller, tries: 0), at: arrival())
        if row.plan.strategy == .ab, let rule = row.plan.controls.comparison {
            let winner: ComparisonWinner =
                switch verdict.overall {
                case .pass: .candidate
                case .fail: .stable
                default: .open
                }
            // The fixture's rule wants a high share, this one a low one: the counts are exchanged.
            let asked: ComparisonWinner = winner == .open ? .open : winner == .candidate ? .stable : .candidate
            let compared = Fixture.comparison(
                rule.goal == .lower ? asked : winner,
                step: step,
                from: evidence.from,
                rule: rule
            )
            queue.add(.deliver(.compared(compared), to: controller, tries: 0), at: arrival())
        }
    }

    private static let beforeAllClocks: Int64 = -1_000_000_000

    private var enteredStepAt: Int64 { row.enteredStepAt?.milliseconds ?? now }

    private func surroundingsChange() {
        freeze = random.chance(500) ? nil : "month end"
        pace = random.chance(700) ? .normal : random.chance(500) ? .slow : .frozen
        note("the environment is \(freeze ?? "not frozen"), the budget \(pace.rawValue)")
    }

    private func ruling() -> Ruling {
        let proven: Ruling = isBad ? .fail : .pass
        if isCalm { return proven }
        switch random.below(10) {
        case 0..<3: return proven
        case 3..<7: return .inconclusive
        default: return .notEnoughData
        }
    }

    // MARK: People and weather

    private func personActs() {
        let event: ReleaseEvent
        switch random.below(10) {
        case 8: event = .approve(by: random.chance(500) ? "ana" : "ben", isAdmin: false)
        case 0, 1: event = .pause(by: "ana")
        case 2, 3, 4: event = .resume(by: "ben")
        case 5: event = .promote(by: "ana")
        case 6: event = .abort(by: "ben", reason: "a mistake")
        default: event = .rollback(by: "ana", reason: "complaints")
        }
        queue.add(.deliver(event, to: random.below(2), tries: 0), at: arrival())
    }

    private func calmDown() {
        note("faults stop")
        isCalm = true
        weather = .calm
        freeze = nil
        pace = .normal
        for controller in controllers.indices { controllers[controller].clockOffset = 0 }
        for controller in controllers.indices where !controllers[controller].isUp {
            queue.add(.restart(controller), at: soon(1000))
        }
    }

    /// Whether something goes wrong now, with the given probability in thousandths.
    private func strikes(_ trouble: SimulatorTrouble, _ thousandths: Int) -> Bool {
        guard random.chance(thousandths) else { return false }
        troubles[trouble, default: 0] += 1
        return true
    }

    private func soon(_ milliseconds: Int) -> Int64 { now + 1 + Int64(random.below(milliseconds)) }

    /// When a message that is sent now arrives.
    private func arrival() -> Int64 {
        strikes(.messageLate, weather.messageLate) ? now + 1000 + Int64(random.below(240_000)) : soon(300)
    }
}
