/// A word with a colour; the word alone says everything.
struct Badge {
    /// What the colour means.
    enum Tone: String {
        case good, bad, warn, plain
    }

    let text: String
    let tone: Tone

    var html: HTML { #"<span class="badge \#(tone.rawValue)">\#(text)</span>"# }

    /// The word for a verdict of any part of Slipway, as the ledger spells it.
    static func verdict(_ verdict: String?) -> Badge {
        switch verdict {
        case "pass": Badge(text: "pass", tone: .good)
        case "fail": Badge(text: "fail", tone: .bad)
        case "ok": Badge(text: "kept", tone: .good)
        case "breached": Badge(text: "breached", tone: .bad)
        case "stable": Badge(text: "stable", tone: .good)
        case "drifted": Badge(text: "drifted", tone: .bad)
        case "missing": Badge(text: "missing", tone: .bad)
        case "cannotTell": Badge(text: "cannot tell", tone: .plain)
        case "inconclusive": Badge(text: "inconclusive", tone: .warn)
        case "notEnoughData": Badge(text: "not enough data", tone: .plain)
        case "notApplicable": Badge(text: "not applicable", tone: .plain)
        case let other?: Badge(text: other, tone: .plain)
        case nil: Badge(text: "unknown", tone: .plain)
        }
    }
}
