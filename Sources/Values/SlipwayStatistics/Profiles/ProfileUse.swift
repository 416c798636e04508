/// What a profile is made for, which tells what need not be counted.
package enum ProfileUse: Sendable {
    /// It is kept, and holds everything.
    case stored
    /// It is the reference of one comparison: distances are told in its deviation.
    case reference
    /// It is compared with such a reference, and asked for no moment.
    case current

    /// Whether moments are summed.
    var needsMoments: Bool { self != .current }
    /// Whether everything is counted.
    var isWhole: Bool { self == .stored }
}
