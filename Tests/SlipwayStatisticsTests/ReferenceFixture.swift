import Foundation
import SlipwayStatistics
import Testing

/// Numbers that SciPy and scikit-learn computed, and the data they were computed from.
enum ReferenceFixture {
    static let repository: URL = {
        var folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            if FileManager.default.fileExists(atPath: folder.appending(path: "Tests/Fixtures").path) { return folder }
        }
        return folder
    }()

    static func json(_ name: String) throws -> [String: Any] {
        let data = try Data(contentsOf: repository.appending(path: "Tests/Fixtures/\(name)"))
        let object = try JSONSerialization.jsonObject(with: data)
        return try #require(object as? [String: Any])
    }

    /// The folder of regenerated inputs. It must be there: without it nothing would be compared.
    static func inputs() throws -> URL {
        let folder =
            ProcessInfo.processInfo.environment["SLIPWAY_DRIFT_INPUTS"].map { URL(fileURLWithPath: $0) }
            ?? repository.appending(path: ".data/drift-inputs")
        guard FileManager.default.fileExists(atPath: folder.appending(path: "synthetic_2k.ref.csv").path) else {
            throw MissingInputs(folder: folder.path)
        }
        return folder
    }

    struct MissingInputs: Error, CustomStringConvertible {
        let folder: String
        var description: String { "No drift inputs in \(folder): run `make setup`." }
    }

    /// The columns of a plain CSV file: cells by column name, empty cells nil.
    static func columns(_ file: URL) throws -> [String: [String?]] {
        let text = try String(contentsOf: file, encoding: .utf8)
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"))
        let header = try #require(lines.first)
        let names = header.split(separator: UInt8(ascii: ",")).map { String(Substring($0)) }
        var cells = [[String?]](repeating: [], count: names.count)
        for line in lines.dropFirst() {
            let row = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            for (i, cell) in row.enumerated() { cells[i].append(cell.isEmpty ? nil : String(Substring(cell))) }
        }
        return Dictionary(uniqueKeysWithValues: zip(names, cells))
    }
}

/// One column of one reference case.
struct ReferenceColumn {
    let place: String
    let values: [String: Any]

    /// All columns of a case, by name.
    static func all(_ name: String) throws -> [(name: String, column: ReferenceColumn)] {
        let cases = try #require(ReferenceFixture.json("drift-reference-values.json")["cases"] as? [String: Any])
        let columns = try #require((cases[name] as? [String: Any])?["columns"] as? [String: [String: Any]])
        return columns.sorted { $0.key < $1.key }.map {
            ($0.key, ReferenceColumn(place: "\(name).\($0.key)", values: $0.value))
        }
    }

    var isNumeric: Bool { values["kind"] as? String == "numeric" }

    func number(_ key: String) -> Double? { (values[key] as? NSNumber)?.doubleValue }

    func numbers(_ key: String) -> [Double]? { (values[key] as? [NSNumber])?.map(\.doubleValue) }

    func pairs(_ key: String) -> [[Int64]]? { (values[key] as? [[NSNumber]])?.map { $0.map(\.int64Value) } }

    /// Expects agreement within 1e-9, relative or absolute on the scale of one.
    func expect(
        _ key: String,
        _ actual: Double?,
        relative: Bool = false,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        guard let expected = number(key) else { return }
        guard let actual else {
            Issue.record("\(place) \(key): nil instead of \(expected)", sourceLocation: sourceLocation)
            return
        }
        let scale = relative ? abs(expected) : max(1, abs(expected))
        #expect(
            abs(actual - expected) <= 1e-9 * scale,
            "\(place) \(key): \(actual) instead of \(expected)",
            sourceLocation: sourceLocation
        )
    }
}

let regeneratedCases = [
    "synthetic_2k", "synthetic_small_600", "breast_cancer_class", "breast_cancer_evenodd", "wine_class01",
    "diabetes_halves", "digits_halves", "flights_feb_jul", "flights_feb_mar",
]
let allCases = regeneratedCases + ["edge", "acs_employment_ma", "randhie_halves"]
