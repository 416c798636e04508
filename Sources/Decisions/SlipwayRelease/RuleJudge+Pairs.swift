internal import Glibc
internal import SlipwayStatistics

/// What both versions say about the same inputs: paired tests, because a pair shares its input.
extension RuleJudge {
    func disagreementFinding() -> RuleFinding {
        let effect = DesignEffect.ofShare(details.pairs?.blocks ?? [], isDeclared: isDeclared)
        guard let feature = rule.slice else {
            let test = ShareTest(
                hits: Double(evidence.disagreements),
                count: Double(evidence.pairs),
                effect: effect
            )
            return RuleFinding(
                candidate: test.share,
                count: evidence.pairs,
                effect: effect,
                test: evidence.pairs > 0 ? .share(test) : nil
            )
        }
        // Every value of the feature is tested, each with its part of the alpha; those too rare to pass are told.
        let slices = (details.pairs?.slices ?? []).filter { $0.feature == feature && $0.pairs > 0 }
        let part = alpha / Double(AnalysisRule.sliceLimit)
        var (lower, upper) = (0.0, 0.0)
        var finding = RuleFinding(effect: effect)
        var worst: SliceCounts?
        var thin = 0
        for slice in slices {
            let test = ShareTest(hits: Double(slice.disagreements), count: Double(slice.pairs), effect: effect)
            let bounds = test.bounds(alpha: part)
            lower = max(lower, bounds.lower)
            let share = test.share ?? 0
            if share >= finding.candidate ?? 0 {
                finding.candidate = share
                worst = slice
            }
            if slice.pairs < demands.requests { thin += 1 } else { upper = max(upper, bounds.upper) }
        }
        guard let worst else {
            if evidence.pairs > 0 {
                finding.note = "the model has no column '\(feature)': `slipway.features` in its metadata names them"
            }
            return finding
        }
        if thin == slices.count { upper = 1 }
        finding.count = evidence.pairs
        let told = thin == 0 ? "" : ", and \(thin) of \(slices.count) values are too rare to be judged"
        finding.note =
            "worst for \(feature) = \(worst.value), \(worst.disagreements) of \(worst.pairs) pairs\(told)"
        finding.test = .bounds(lower: lower, upper: upper)
        return finding
    }

    func distanceFinding() -> RuleFinding {
        guard let pairs = details.pairs, pairs.scored > 0 else { return RuleFinding() }
        let effect = DesignEffect.ofShare(pairs.distanceBlocks, isDeclared: isDeclared)
        let test = ShareTest(hits: pairs.distance, count: Double(pairs.scored), effect: effect)
        return RuleFinding(candidate: test.share, count: pairs.scored, effect: effect, test: .share(test))
    }

    /// Kolmogorov's distance of both versions' scores, on a fixed grid, with a band around each distribution that holds
    /// at all times together.
    func scoreDriftFinding() -> RuleFinding {
        guard let pairs = details.pairs, pairs.scored > 0,
            pairs.candidateScores.count == PairEvidence.scoreParts, pairs.stableScores.count == PairEvidence.scoreParts
        else { return RuleFinding() }
        var (here, there, greatest) = (0, 0, 0.0)
        for (candidate, stable) in zip(pairs.candidateScores, pairs.stableScores) {
            here += candidate
            there += stable
            greatest = max(greatest, abs(Double(here - there)) / Double(pairs.scored))
        }
        let effects = [false, true].map {
            DesignEffect.ofShare(pairs.scoreBlocks, ofStable: $0, isDeclared: isDeclared)
        }
        let effect = max(effects[0], effects[1])
        let band = DistributionBand.width(count: Double(pairs.scored) / effect, alpha: alpha / 2)
        return RuleFinding(
            candidate: greatest,
            count: pairs.scored,
            effect: effect,
            test: .bounds(lower: max(0, greatest - 2 * band), upper: min(1, greatest + 2 * band))
        )
    }

    // MARK: Labels

    func accuracyFinding() -> RuleFinding {
        guard let quality = details.quality else {
            return RuleFinding(note: "no label is old enough yet")
        }
        let (mine, theirs) = (quality.candidate, quality.stable)
        var finding: RuleFinding
        if rule.against == .stable {
            finding = gapFinding(
                ArmSums(
                    candidate: Double(mine.labelled),
                    candidateHits: Double(mine.wrong),
                    stable: Double(theirs.labelled),
                    stableHits: Double(theirs.wrong)
                ),
                quality.blocks
            )
        } else {
            let effect = DesignEffect.ofShare(quality.blocks, isDeclared: isDeclared)
            let test = ShareTest(hits: Double(mine.wrong), count: Double(mine.labelled), effect: effect)
            finding = RuleFinding(
                candidate: test.share,
                count: mine.labelled,
                effect: effect,
                test: mine.labelled > 0 ? .share(test) : nil
            )
        }
        if mine.unlabelled > 0 {
            finding.note = "\(mine.unlabelled) of the candidate's predictions are old enough and have no label"
        }
        return finding
    }
}
