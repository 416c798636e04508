/// Names for runs that were given none.
enum RunName {
    private static let adjectives = [
        "able", "amber", "bold", "brisk", "calm", "clear", "crisp", "deft", "eager", "fair", "firm", "fleet", "glad",
        "keen", "kind", "light", "lucid", "mellow", "merry", "neat", "nimble", "plain", "proud", "quick", "quiet",
        "sharp", "sleek", "smart", "solid", "steady", "sunny", "swift",
    ]
    private static let nouns = [
        "anchor", "barge", "beacon", "bow", "buoy", "canoe", "clipper", "coral", "crane", "deck", "dock", "ferry",
        "gull", "harbor", "heron", "hull", "jetty", "keel", "ketch", "launch", "lighthouse", "mast", "oar", "pier",
        "pilot", "reef", "rudder", "sail", "schooner", "skiff", "tide", "wharf",
    ]

    /// Two words and a number.
    static func random(_ random: () -> UInt64) -> String {
        let bits = random()
        let adjective = adjectives[Int(bits % UInt64(adjectives.count))]
        let noun = nouns[Int((bits >> 16) % UInt64(nouns.count))]
        return "\(adjective)-\(noun)-\((bits >> 32) % 1000)"
    }
}
