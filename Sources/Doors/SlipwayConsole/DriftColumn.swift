internal import SlipwayDomain
internal import SlipwayService

/// What the ledger says about one column of a drift window.
struct DriftColumn {
    let name: String
    let data: JSONValue

    init?(_ data: JSONValue) {
        guard let name = data["name"]?.string else { return nil }
        self.name = name
        self.data = data
    }

    static func all(_ window: ModelHistory.Window) -> [DriftColumn] {
        (window.data["columns"]?.array ?? []).compactMap { DriftColumn($0) }
    }

    var isDrifted: Bool { data["verdict"]?.string == "drifted" }
    var effect: Double? { data["effect"]?.number }

    /// How many times its floor the effect is; nil when it could not be told.
    var strength: Double? {
        guard data["verdict"]?.string != "cannotTell", effect != nil else { return nil }
        return data["strength"]?.number
    }

    /// The smallest effect that counts.
    var floor: Double? {
        guard let effect, let strength = data["strength"]?.number, strength > 0 else { return nil }
        return effect / strength
    }

    var statistic: String {
        switch data["statistic"]?.string {
        case "ks": "Kolmogorov-Smirnov"
        case "js": "Jensen-Shannon"
        case "cramers_v": "Cram\u{E9}r's V"
        case "missing_share": "missing share"
        case "unseen_share": "unseen categories"
        case "out_of_range_share": "out of range share"
        case "type_failure_share": "type failures"
        case let other?: other
        case nil: Figures.none
        }
    }
}
