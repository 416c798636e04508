import SlipwayStatistics

/// How often things go wrong, in thousandths; every seed draws its own mixture, so that rare combinations occur.
struct SimulatorWeather {
    var crash = 0
    var effectFails = 0
    var messageLost = 0
    var messageTwice = 0
    var messageLate = 0
    var commitAnswerLost = 0
    var staleAnalysis = 0
    /// The store refuses a transaction, or shows what was true a moment ago.
    var storeFails = 0
    var storeIsStale = 0
    /// A controller's clock jumps, ahead or back.
    var clockJumps = 0
    /// A gateway starts again: its counts are gone.
    var gatewayRestarts = 0

    static let calm = SimulatorWeather()

    static func drawn(from random: inout SplitMix64) -> SimulatorWeather {
        func rate(_ highest: Int) -> Int {
            random.chance(400) ? 0 : random.below(highest + 1)
        }
        return SimulatorWeather(
            crash: rate(60),
            effectFails: random.chance(100) ? 900 : rate(300),
            messageLost: rate(200),
            messageTwice: rate(200),
            messageLate: rate(300),
            commitAnswerLost: rate(100),
            staleAnalysis: rate(300),
            storeFails: rate(200),
            storeIsStale: rate(200),
            clockJumps: rate(30),
            gatewayRestarts: rate(40)
        )
    }
}

extension SplitMix64 {
    /// A whole number in 0 ..< limit.
    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

    /// True with the given probability in thousandths.
    mutating func chance(_ thousandths: Int) -> Bool { thousandths > 0 && below(1000) < thousandths }
}
