/// Requests and hits of both arms: within a block, or in all.
package struct ArmSums: Sendable, Hashable {
    /// Observations and hits of the candidate, or of pairs.
    package var candidate = 0.0
    package var candidateHits = 0.0
    /// Observations and hits of the stable arm; 0 for pairs.
    package var stable = 0.0
    package var stableHits = 0.0

    package init(candidate: Double = 0, candidateHits: Double = 0, stable: Double = 0, stableHits: Double = 0) {
        self.candidate = candidate
        self.candidateHits = candidateHits
        self.stable = stable
        self.stableHits = stableHits
    }

    /// Observations of both arms.
    package var observations: Double { candidate + stable }

    mutating func add(_ other: ArmSums) {
        candidate += other.candidate
        candidateHits += other.candidateHits
        stable += other.stable
        stableHits += other.stableHits
    }
}

/// What is kept of all closed blocks of one size: sums and sums of products, from which the variance of block sums follows.
package struct BlockMoments: Sendable, Hashable {
    /// How many blocks were closed.
    package private(set) var blocks = 0
    /// Sums over the blocks.
    package private(set) var sums = ArmSums()
    /// Sums over the blocks of the products of candidate c, its hits h, stable s, its hits t:
    /// cc, ch, cs, ct, hh, hs, ht, ss, st, tt.
    package private(set) var products = [Double](repeating: 0, count: BlockMoments.productCount)

    private static let productCount = 10

    /// No blocks.
    package init() {}

    mutating func add(_ block: ArmSums) {
        blocks += 1
        sums.add(block)
        let (c, h, s, t) = (block.candidate, block.candidateHits, block.stable, block.stableHits)
        products.withUnsafeMutableBufferPointer { places in
            places[0] += c * c
            places[1] += c * h
            places[2] += c * s
            places[3] += c * t
            places[4] += h * h
            places[5] += h * s
            places[6] += h * t
            places[7] += s * s
            places[8] += s * t
            places[9] += t * t
        }
    }

    /// Adds the closed blocks of another counter, which are blocks of the same size.
    package mutating func merge(_ other: BlockMoments) {
        blocks += other.blocks
        sums.add(other.sums)
        for place in products.indices { products[place] += other.products[place] }
    }
}

extension BlockMoments: Codable {
    private enum CodingKeys: String, CodingKey { case blocks, sums, products }

    /// Reads `{"blocks": 16, "products": [...], "sums": [...]}`; refuses what no blocks can add up to.
    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        blocks = try box.decode(Int.self, forKey: .blocks)
        let sums = try box.decode([Double].self, forKey: .sums)
        products = try box.decode([Double].self, forKey: .products)
        let isWhole = sums.count == 4 && products.count == BlockMoments.productCount && (0...(1 << 52)).contains(blocks)
        guard isWhole, (sums + products).allSatisfy({ $0.isFinite && $0 >= 0 }) else {
            throw StatisticsError.malformed("block moments have four sums and ten products, none of them negative")
        }
        self.sums = ArmSums(candidate: sums[0], candidateHits: sums[1], stable: sums[2], stableHits: sums[3])
    }

    /// Writes what the initialiser reads.
    package func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(blocks, forKey: .blocks)
        try box.encode([sums.candidate, sums.candidateHits, sums.stable, sums.stableHits], forKey: .sums)
        try box.encode(products, forKey: .products)
    }
}

/// Observations in blocks of growing size: level by level `growth` blocks make one of the next.
package struct BlockLadder: Sendable {
    /// Moments of each level's closed blocks, the smallest blocks first.
    package private(set) var levels: [BlockMoments]
    private var open: [ArmSums]
    private var filled: [Int]
    private let base: Double

    /// How many blocks of a level make one of the next.
    package static let growth = 4
    private static let levelCount = 10

    /// Blocks of `base` observations at the lowest level; 0 when the caller closes them.
    package init(base: Int = 4) {
        self.base = Double(base)
        levels = Array(repeating: BlockMoments(), count: Self.levelCount)
        open = Array(repeating: ArmSums(), count: Self.levelCount)
        filled = Array(repeating: 0, count: Self.levelCount)
    }

    /// Adds observations that belong together; the block is closed when it is full.
    package mutating func add(_ sums: ArmSums) {
        open[0].add(sums)
        if base > 0, open[0].observations >= base { close(0) }
    }

    /// Closes the lowest block, if anything is in it.
    package mutating func close() {
        if open[0].observations > 0 { close(0) }
    }

    private mutating func close(_ level: Int) {
        let block = open[level]
        open[level] = ArmSums()
        filled[level] = 0
        levels[level].add(block)
        let next = level + 1
        guard next < levels.count else { return }
        open[next].add(block)
        filled[next] += 1
        if filled[next] == Self.growth { close(next) }
    }

    /// The levels that have blocks.
    package var moments: [BlockMoments] { levels.filter { $0.blocks > 0 } }
}
