package import SlipwayDomain
import SlipwayStatistics

extension WatchedReference {
    private static let rhythmMember = "rhythm"

    /// The stored form: the profile's own, with a member `rhythm` beside its columns when the rows' times were known.
    package func json() throws -> JSONValue {
        guard var members = try JSONValue(encoding: profile).object else { return .null }
        if let rhythm { members[Self.rhythmMember] = try JSONValue(encoding: rhythm.stored) }
        return .object(members)
    }

    /// Reads the stored form, also that of a profile alone.
    package init(json: JSONValue) throws {
        let profile = try json.decode(DatasetProfile.self)
        var rhythm: ReferenceRhythm?
        if let member = json[Self.rhythmMember], member != .null {
            rhythm = try ReferenceRhythm(member.decode(ReferenceRhythm.Stored.self), reference: profile)
        }
        self.init(profile: profile, rhythm: rhythm)
    }
}
