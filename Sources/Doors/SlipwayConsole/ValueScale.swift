/// Where values stand in a picture: a range a little wider than they are, with round marks.
struct ValueScale {
    let low: Double
    let high: Double
    let ticks: [Double]
    private let top: Double
    private let bottom: Double

    init(values: [Double], top: Double, bottom: Double) {
        let finite = values.filter(\.isFinite)
        let least = finite.min() ?? 0
        let most = max(finite.max() ?? 1, least + 0.01)
        let step = Self.steps.first { (most - least) / $0 <= 6 } ?? (most - least)
        low = ((least - step / 4) / step).rounded(.down) * step
        high = ((most + step / 4) / step).rounded(.up) * step
        ticks = (0...Int(((high - low) / step).rounded())).map { [low] in low + Double($0) * step }
        self.top = top
        self.bottom = bottom
    }

    private static let steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 2, 5, 10, 100, 1000]

    func place(_ value: Double) -> Double {
        bottom - (bottom - top) * min(1, max(0, (value - low) / (high - low)))
    }
}
