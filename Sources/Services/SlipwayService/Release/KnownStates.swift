internal import SlipwayDomain
internal import SlipwayRelease
internal import SlipwayStore
internal import Synchronization

/// The releases under way as they were read last: each is read many times a second and changes seldom.
///
/// A state is known again by its text and not by its revision, for a revision that was never committed may come again and
/// say something else.
final class KnownStates: Sendable {
    private let known = Mutex<[ReleaseID: (text: String, state: ReleaseState)]>([:])

    /// The state that a row holds.
    func state(_ row: ReleaseRow) throws -> ReleaseState {
        if let last = known.withLock({ $0[row.id] }), last.text.isExactly(row.state) { return last.state }
        let state = try Releases.state(row)
        known.withLock { $0[row.id] = state.isTerminal ? nil : (row.state, state) }
        return state
    }

    /// A release is over.
    func forget(_ id: ReleaseID) { known.withLock { $0[id] = nil } }
}
