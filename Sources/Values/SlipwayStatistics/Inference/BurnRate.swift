/// What counts of good and bad requests say about an objective (Google, "The Site Reliability Workbook", chapter 5).
package enum BurnRate {
    /// The budget left as a share: 1 - bad / ((1 - objective) x valid). Negative when overspent; nil when nothing was
    /// asked or the objective allows no error at all.
    package static func budgetLeft(bad: Int, valid: Int, objective: Double) -> Double? {
        guard valid > 0, objective > 0, objective < 1 else { return nil }
        return 1 - Double(bad) / ((1 - objective) * Double(valid))
    }

    /// How many times faster than allowed the budget goes: 1 spends it exactly by the end of the window.
    package static func rate(bad: Int, valid: Int, objective: Double) -> Double? {
        guard valid > 0, objective > 0, objective < 1 else { return nil }
        return Double(bad) / Double(valid) / (1 - objective)
    }

    /// The rate that spends `fraction` of the budget within a part of the objective's window.
    package static func threshold(
        spending fraction: Double,
        within hours: Double,
        ofWindow windowHours: Double
    ) -> Double {
        fraction * windowHours / hours
    }

    /// The hours until the whole budget is spent at a rate.
    package static func hoursToExhaust(rate: Double, windowHours: Double) -> Double { windowHours / rate }

    /// The hours until a constant share of errors is seen over a window; nil when it never reaches the threshold.
    package static func hoursToDetect(
        errorShare: Double,
        within hours: Double,
        rate: Double,
        objective: Double
    ) -> Double? {
        let time = hours * rate * (1 - objective) / errorShare
        return time <= hours ? time : nil
    }

    /// The hours until a short window forgets an outage with a constant share of errors.
    package static func hoursToReset(
        shortHours: Double,
        errorShare: Double,
        rate: Double,
        objective: Double
    ) -> Double {
        shortHours * (1 - rate * (1 - objective) / errorShare)
    }
}
