internal import HTTPTypes
package import Hummingbird
internal import SlipwayDomain
internal import SlipwayJSON
package import SlipwayService
package import SlipwayWire

/// Slipway's own API under `/api/slipway/v1`, which the command line speaks.
package struct NativeDoor: Door {
    /// What the routes call.
    package struct Services: Sendable {
        package let accounts: Accounts
        package let governance: Governance
        package let evaluations: Evaluations
        package let releases: Releases
        package let monitoring: Monitoring
        package let marks: IncidentMarks
        package let labels: Labels
        package let performance: Performance
        package let predictions: Predictions
        package let reports: ModelReports
        package let scorecards: Scorecards
        package let ledger: LedgerBook
        package let imports: Imports
        package let uploads: any UploadFolder
        package let purges: Purges
        package let gateways: Gateways
        package let runtime: Runtime

        package init(
            accounts: Accounts,
            governance: Governance,
            evaluations: Evaluations,
            releases: Releases,
            monitoring: Monitoring,
            marks: IncidentMarks,
            labels: Labels,
            performance: Performance,
            predictions: Predictions,
            reports: ModelReports,
            scorecards: Scorecards,
            ledger: LedgerBook,
            imports: Imports,
            uploads: any UploadFolder,
            purges: Purges,
            gateways: Gateways,
            runtime: Runtime
        ) {
            self.accounts = accounts
            self.governance = governance
            self.evaluations = evaluations
            self.releases = releases
            self.monitoring = monitoring
            self.marks = marks
            self.labels = labels
            self.performance = performance
            self.predictions = predictions
            self.reports = reports
            self.scorecards = scorecards
            self.ledger = ledger
            self.imports = imports
            self.uploads = uploads
            self.purges = purges
            self.gateways = gateways
            self.runtime = runtime
        }
    }

    /// Where all routes of this door live.
    package static let root = "/api/slipway/v1"
    /// The longest JSON or YAML body that is read.
    static let bodyLimit = 4 << 20

    private let services: Services

    package init(services: Services) { self.services = services }

    package var routes: [Route] {
        ModelRoutes(services: services).routes + ReleaseRoutes(services: services).routes
            + ReleaseEvidenceRoutes(services: services).routes
            + WatchRoutes(services: services).routes + LedgerRoutes(services: services).routes
            + AccountRoutes(services: services).routes + ClockRoutes(services: services).routes
            + ImportRoutes(services: services).routes
            + GatewayRouteTable(services: services).routes + PurgeRoutes(services: services).routes
            + MetricsRoutes(counters: services.reports.counters).routes
    }

    package func response(to error: any Error) -> Response { NativeError.response(to: error) }
}

extension Response {
    /// A JSON value as the answer.
    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) throws -> Response {
        .json(try CanonicalJSON.bytes(of: value), status: status)
    }

    /// Anything that can be encoded as the answer.
    static func json(encoding value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        .json(try CanonicalJSON.bytes(encoding: value), status: status)
    }
}

extension WireContext {
    /// The path's model name.
    var model: String { get throws { try pathPart("model") } }

    /// The path's version number.
    var version: Int {
        get throws {
            let text = try parameters.require("version")
            guard let number = Int(text), number > 0 else {
                throw ServiceError.notFound("there is no version '\(text.prefix(40))': versions are numbers from 1")
            }
            return number
        }
    }
}

extension Request {
    /// The body as a JSON object; nothing sent counts as `{}`.
    func object() async throws -> JSONValue {
        if headers[.contentLength] == "0" || (headers[.contentLength] == nil && headers[.transferEncoding] == nil) {
            return [:]
        }
        let value = try JSONValue(try await json(upTo: NativeDoor.bodyLimit).root)
        guard value.object != nil else { throw ServiceError.invalid("the body must be a JSON object") }
        return value
    }
}
