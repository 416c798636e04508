import AsyncHTTPClient
import SlipwayDomain

/// Where an import goes: a Slipway server, or nowhere when it only counts.
protocol ImportTarget: Sendable {
    func begin(source: String) async throws
    /// Those of the marks' ids that are complete as they are.
    func known(_ marks: [ImportMark]) async throws -> Set<String>
    func add(_ batch: ImportBatch) async throws -> ImportReport
    func put(_ file: SourceFile, size: Int64, of owner: ImportedOwner, _ body: HTTPClientRequest.Body) async throws
    func end(outcome: String) async throws
}

/// A Slipway server.
actor ServerTarget: ImportTarget {
    private let client: Client
    private var id = ""

    init(client: Client) { self.client = client }

    func begin(source: String) async throws {
        id = try await client.post("/imports", ["source": .string(source)])["import"]?.string ?? ""
    }

    func known(_ marks: [ImportMark]) async throws -> Set<String> {
        guard !marks.isEmpty else { return [] }
        var batch = ImportBatch()
        batch.marks = marks
        let answer = try await client.post("/imports/\(id)/known", bytes: batch.json)
        return Set((answer["known"]?.array ?? []).compactMap(\.string))
    }

    func add(_ batch: ImportBatch) async throws -> ImportReport {
        ImportReport(answer: try await client.post("/imports/\(id)/records", bytes: batch.json))
    }

    func put(_ file: SourceFile, size: Int64, of owner: ImportedOwner, _ body: HTTPClientRequest.Body) async throws {
        let query = "owner=\(owner.kind.rawValue)&id=\(owner.id.urlPart)&path=\(file.path.urlPart)&size=\(size)"
        _ = try await client.put("/imports/\(id)/files?\(query)", body: body)
    }

    func end(outcome: String) async throws {
        guard !id.isEmpty else { return }
        _ = try await client.post("/imports/\(id)/end", ["outcome": .string(outcome)])
        id = ""
    }
}

/// Takes nothing and counts.
struct CountingTarget: ImportTarget {
    func begin(source: String) async throws {}
    func known(_ marks: [ImportMark]) async throws -> Set<String> { [] }
    func put(_ file: SourceFile, size: Int64, of owner: ImportedOwner, _ body: HTTPClientRequest.Body) async throws {}
    func end(outcome: String) async throws {}

    func add(_ batch: ImportBatch) async throws -> ImportReport {
        var report = ImportReport()
        report.count(.experiment, added: batch.experiments.count)
        report.count(.run, added: batch.runs.count)
        report.count(.point, added: batch.points.reduce(0) { $0 + $1.points.count })
        report.count(.param, added: batch.runs.reduce(0) { $0 + $1.params.count })
        report.count(.tag, added: batch.runs.reduce(0) { $0 + $1.tags.count })
        report.count(.dataset, added: batch.runs.reduce(0) { $0 + $1.datasets.count })
        report.count(.loggedModel, added: batch.loggedModels.count)
        report.count(.registeredModel, added: batch.registeredModels.count)
        report.count(.version, added: batch.versions.count)
        report.count(.trace, added: batch.traces.count)
        report.count(.assessment, added: batch.traces.reduce(0) { $0 + $1.info.assessments.count })
        report.count(.alias, added: batch.versions.reduce(0) { $0 + $1.aliases.count })
        return report
    }
}

extension ImportReport {
    /// Reads what the server answers to a batch.
    init(answer: JSONValue) {
        self.init()
        for (word, pair) in answer["counts"]?.object ?? [:] {
            guard let kind = ImportKind(rawValue: word), let pair = pair.array, pair.count == 2 else { continue }
            counts[kind] = ImportCount(added: pair[0].integer ?? 0, already: pair[1].integer ?? 0)
        }
        for refusal in answer["refusals"]?.array ?? [] {
            let texts = (refusal.array ?? []).compactMap(\.string)
            guard texts.count == 3, let kind = ImportKind(rawValue: texts[0]) else { continue }
            refuse(kind, texts[1], texts[2])
        }
        for place in answer["experiments"]?.array ?? [] {
            let texts = (place.array ?? []).compactMap(\.string)
            guard texts.count == 3, let theirs = Int64(texts[1]), let ours = Int64(texts[2]) else { continue }
            experiments.append(ImportedPlace(name: texts[0], theirs: theirs, ours: ours))
        }
    }
}
