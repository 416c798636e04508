internal import SlipwayDomain

/// Tells the controller of a release that must not wait for the next look: a way back.
package final class ReleaseBell: Sendable {
    let rings: AsyncStream<ReleaseID>
    private let continuation: AsyncStream<ReleaseID>.Continuation

    package init() {
        (rings, continuation) = AsyncStream.makeStream(of: ReleaseID.self, bufferingPolicy: .bufferingNewest(1000))
    }

    func ring(_ release: ReleaseID) { continuation.yield(release) }
}
