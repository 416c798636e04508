internal import SlipwayDomain
internal import SlipwayStatistics

/// Blocks of observations that are closed when they are full, or, where a time is stated within which requests may
/// depend on each other, when that time is over.
struct TimedLadder: Sendable {
    private var ladder: BlockLadder
    private let blockNanoseconds: UInt64
    private var openedAt: UInt64?

    init(block: Span?) {
        blockNanoseconds = UInt64(max(0, block?.milliseconds ?? 0)) * 1_000_000
        ladder = block == nil ? BlockLadder() : BlockLadder(base: 0)
    }

    /// Adds observations that were made at `time` on the monotonic clock; 0 for in the block that is open.
    mutating func add(_ sums: ArmSums, at time: UInt64) {
        if blockNanoseconds > 0, time > 0 {
            let opened = openedAt ?? time
            if time >= opened + blockNanoseconds {
                ladder.close()
                openedAt = time
            } else {
                openedAt = opened
            }
        }
        ladder.add(sums)
    }

    /// The closed blocks. As long as no stated block is over, what there is counts as one: nothing proves it to be more.
    var moments: [BlockMoments] {
        guard blockNanoseconds > 0, ladder.moments.isEmpty else { return ladder.moments }
        var closed = ladder
        closed.close()
        return closed.moments
    }
}
