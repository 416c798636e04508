package import SlipwayDomain

/// One key figure with everything that is needed to recompute and to doubt it.
package struct KPI: Hashable, Sendable {
    /// What the value is counted in.
    package enum Unit: String, Hashable, Sendable {
        case seconds
        case ratio
        case perModelMonth = "deployments per model and month"
    }

    /// A further count, shown beside the value and not part of it.
    package struct Detail: Hashable, Sendable {
        /// The count's name, e.g. `caughtByCanary`.
        package let name: String
        /// The count.
        package let value: Double
    }

    /// Fewer observations than this are flagged.
    package static let lowSampleLimit = 5

    /// The figure's fixed name, e.g. `lead-time`.
    package let id: String
    /// The figure's name for people.
    package let title: String
    /// The figure, or nil when there is nothing to compute it from.
    package let value: Double?
    /// What the value is counted in.
    package let unit: Unit
    /// How the value is computed, in words.
    package let formula: String
    /// Why there is no value.
    package let reason: String?
    /// How many observations the value rests on.
    package let count: Int
    /// The upper part of a ratio.
    package let numerator: Double?
    /// The lower part of a ratio.
    package let denominator: Double?
    /// The spread of a duration, with what is still open.
    package let durations: DurationSummary?
    /// Further counts.
    package let details: [Detail]
    /// The ledger entries that were used, in the ledger's order.
    package let entryIDs: [EntryID]

    /// Whether so few observations can say little.
    package var isLowSample: Bool { count < KPI.lowSampleLimit }

    /// The further count called `name`, or nil.
    package func detail(_ name: String) -> Double? { details.first { $0.name == name }?.value }

    /// The figure as a JSON object; what is unknown is null.
    package var json: JSONValue {
        var further: [String: JSONValue] = [:]
        for detail in details { further[detail.name] = .number(detail.value) }
        return [
            "id": .string(id), "title": .string(title), "value": KPI.json(value), "unit": .string(unit.rawValue),
            "formula": .string(formula), "reason": reason.map { .string($0) } ?? .null, "n": .integer(Int64(count)),
            "lowSample": .bool(isLowSample), "numerator": KPI.json(numerator), "denominator": KPI.json(denominator),
            "durations": durations?.json ?? .null, "details": .object(further),
            "entries": .array(entryIDs.map { .string($0.text) }),
        ]
    }

    static func json(_ number: Double?) -> JSONValue { number.map { .number($0) } ?? .null }
}

extension KPI {
    /// The words that belong to a figure, whatever the events are.
    struct Definition {
        let id: String
        let title: String
        let unit: Unit
        let formula: String
    }

    /// A share or a rate; without anything to divide by it has no value.
    static func ratio(
        _ definition: Definition,
        numerator: Double,
        denominator: Double,
        count: Int,
        reason: String = "no events",
        details: [Detail],
        entryIDs: [EntryID]
    ) -> KPI {
        let hasValue = denominator > 0
        return KPI(
            id: definition.id,
            title: definition.title,
            value: hasValue ? numerator / denominator : nil,
            unit: definition.unit,
            formula: definition.formula,
            reason: hasValue ? nil : reason,
            count: count,
            numerator: numerator,
            denominator: denominator,
            durations: nil,
            details: details,
            entryIDs: entryIDs
        )
    }

    /// A length of time, whose value is the median over what is closed.
    static func duration(
        _ definition: Definition,
        _ summary: DurationSummary,
        details: [Detail],
        entryIDs: [EntryID]
    ) -> KPI {
        let isEmpty = summary.openCount == 0
        let reason = summary.closedCount > 0 ? nil : isEmpty ? "no events" : "nothing ended in the window"
        return KPI(
            id: definition.id,
            title: definition.title,
            value: summary.median,
            unit: definition.unit,
            formula: definition.formula,
            reason: reason,
            count: summary.closedCount,
            numerator: nil,
            denominator: nil,
            durations: summary,
            details: details,
            entryIDs: entryIDs
        )
    }
}
