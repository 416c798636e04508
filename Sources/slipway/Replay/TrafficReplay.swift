import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SlipwayDomain
import SlipwayJSON
import SlipwayService

/// What a replay did.
struct ReplayResult: Sendable {
    var requests = 0
    var failures = 0
    var labels = 0
    var joined = 0
    var firstFailure: String?
    var seconds = 0.0

    var text: String {
        let rate = seconds > 0 ? Int(Double(requests) / seconds) : requests
        let failed = failures == 0 ? "none failed" : "\(failures) FAILED (\(firstFailure ?? ""))"
        return "sent \(requests) requests in \(seconds.rounded(to: 1)) s (\(rate)/s), \(failed); "
            + "\(joined) of \(labels) labels joined"
    }

    var json: JSONValue {
        [
            "requests": .integer(Int64(requests)), "failures": .integer(Int64(failures)),
            "labels": .integer(Int64(labels)), "joined": .integer(Int64(joined)), "seconds": .number(seconds),
            "firstFailure": firstFailure.map(JSONValue.string) ?? .null,
        ]
    }
}

/// Sends rows at their times and labels when they are due, leading a drill's clock.
struct TrafficReplay: Sendable {
    let client: Client
    let model: String
    let inputs: ModelInputs
    let labelDelay: Span
    let connections: Int
    let progress: @Sendable (String) -> Void

    /// The clock is led this far at a time; rows within are sent together.
    private static let stride = Span.hours(1)
    private static let labelsAtOnce = 5000

    private struct DueLabel {
        let at: Instant
        let prediction: String
        let label: JSONValue
    }

    private struct Sent: Sendable {
        let row: ReplayRow
        let prediction: String?
        let failure: String?
    }

    /// Sends all rows; the clock ends at `until`, or at the last label.
    func run(_ rows: ReplayRows, until: Instant?) async throws -> ReplayResult {
        let started = Date()
        var result = ReplayResult()
        var due: [DueLabel] = []
        let isDrill = try await client.get("/clock")["drill"]?.object != nil
        if !isDrill { progress("this server keeps real time: rows are sent at once, labels at the end") }
        var index = 0
        var month = ""
        while index < rows.rows.count {
            let from = rows.rows[index].time
            if isDrill { try await lead(to: from) }
            var end = index
            while end < rows.rows.count, rows.rows[end].time < from + Self.stride { end += 1 }
            for sent in try await send(rows.rows[index..<end]) {
                result.requests += 1
                if let failure = sent.failure {
                    result.failures += 1
                    result.firstFailure = result.firstFailure ?? failure
                } else if let prediction = sent.prediction, let label = sent.row.label {
                    due.append(DueLabel(at: sent.row.time + labelDelay, prediction: prediction, label: label))
                }
            }
            if isDrill { try await deliver(&due, until: from, &result) }
            if from.date.prefix(7) != month {
                month = String(from.date.prefix(7))
                progress("  replay: \(month), \(result.requests) requests sent")
            }
            index = end
        }
        if isDrill, let until { try await lead(to: until) }
        let last = until ?? Instant(milliseconds: .max)
        try await deliver(&due, until: isDrill ? last : Instant(milliseconds: .max), &result)
        result.seconds = Date().timeIntervalSince(started)
        return result
    }

    /// Leads the clock to `target`, as fast as its rate allows.
    private func lead(to target: Instant) async throws {
        while true {
            let answer = try await client.post("/clock", ["towards": .string(target.description)])
            guard let now = answer["now"]?.string.flatMap({ Instant($0) }) else {
                throw CommandError("the server did not tell its time")
            }
            if now >= target { return }
            try await Task.sleep(nanoseconds: 1_000_000)
        }
    }

    private func deliver(_ due: inout [DueLabel], until now: Instant, _ result: inout ReplayResult) async throws {
        let count = due.prefix { $0.at <= now }.count
        guard count >= 200 || (count > 0 && count == due.count) else { return }
        for start in Swift.stride(from: 0, to: count, by: Self.labelsAtOnce) {
            let part = due[start..<min(count, start + Self.labelsAtOnce)]
            let labels = part.map { label -> JSONValue in
                ["prediction": .string(label.prediction), "label": label.label]
            }
            let answer = try await client.post("/models/\(model.urlPart)/labels", ["labels": .array(labels)])
            result.labels += labels.count
            result.joined += Int(answer["joined"]?.integer ?? 0)
        }
        due.removeFirst(count)
    }

    private func send(_ rows: ArraySlice<ReplayRow>) async throws -> [Sent] {
        try await withThrowingTaskGroup(of: [Sent].self) { group in
            let share = max(1, (rows.count + connections - 1) / connections)
            for start in Swift.stride(from: rows.startIndex, to: rows.endIndex, by: share) {
                let part = rows[start..<min(rows.endIndex, start + share)]
                group.addTask {
                    var sent: [Sent] = []
                    for row in part { sent.append(try await send(row)) }
                    return sent
                }
            }
            var all: [Sent] = []
            for try await part in group { all += part }
            return all.sorted { $0.row.time < $1.row.time }
        }
    }

    private func send(_ row: ReplayRow) async throws -> Sent {
        var request = HTTPClientRequest(url: "\(client.url)/v2/models/\(model.urlPart)/infer")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        if let token = client.token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        request.body = .bytes(ByteBuffer(bytes: body(of: row)))
        do {
            let response = try await Client.http.execute(request, timeout: .seconds(30))
            let bytes = Array(try await response.body.collect(upTo: 1 << 20).readableBytesView)
            let root = try JSONDocument.parse(bytes).root
            guard response.status == .ok else {
                return Sent(
                    row: row,
                    prediction: nil,
                    failure: root["error"]?.string ?? "status \(response.status.code)"
                )
            }
            return Sent(row: row, prediction: root["parameters"]?["prediction_id"]?.string, failure: nil)
        } catch let error as CancellationError {
            throw error
        } catch {
            return Sent(row: row, prediction: nil, failure: "\(error)")
        }
    }

    private func body(of row: ReplayRow) -> [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.object { writer in
            if let key = row.key {
                writer.name("parameters")
                writer.object { $0.member("key", key) }
            }
            writer.name("inputs")
            writer.array { writer in
                var rest = row.values[...]
                for input in inputs.inputs {
                    let values = rest.prefix(input.columns.count)
                    rest = rest.dropFirst(values.count)
                    writer.object { writer in
                        writer.member("name", input.name)
                        writer.member("datatype", input.type.rawValue)
                        writer.name("shape")
                        writer.array(input.isWide ? [1, values.count] : [1])
                        writer.name("data")
                        writer.array(values) { $1.write(to: &$0) }
                    }
                }
            }
        }
        return writer.bytes
    }
}
