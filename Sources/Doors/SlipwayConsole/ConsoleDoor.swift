internal import HTTPTypes
package import Hummingbird
internal import SlipwayDomain
package import SlipwayService
package import SlipwayWire

/// Pages for people: what is served, why, and how it fares. They are whole without a script: the only one leads to
/// MLflow's pages.
package struct ConsoleDoor: Door {
    private let reports: ModelReports
    private let marks: IncidentMarks
    private let links: MLflowLinks

    /// `hasMLflowPages` when MLflow's own pages are served under `/mlflow`.
    package init(reports: ModelReports, marks: IncidentMarks, hasMLflowPages: Bool = false) {
        self.reports = reports
        self.marks = marks
        links = MLflowLinks(hasPages: hasMLflowPages)
    }

    package var routes: [Route] {
        [
            Route(.get, "/") { _, _ in .html(try await list().html.text, hasScript: links.hasPages) },
            Route(.get, "/models/:model") { _, context in .html(try await model(context).html.text) },
            // What a button of the page sends: no body, so that no form of another page fits.
            Route(.post, "/models/:model/incidents/:incident/:outcome", access: .person) { try await mark($0, $1) },
            Route(.get, "/favicon.ico", access: .open) { _, _ in Response(status: .noContent) },
        ] + (links.hasPages ? [Route(.get, MLflowLinks.path, access: .open) { _, _ in MLflowLinks.script }] : [])
    }

    /// A page with a sentence that says what to do.
    package func response(to error: any Error) -> Response {
        let page = ErrorPage(error)
        return .html(page.page(server: reports.server).html.text, status: page.status)
    }

    private func list() async throws -> Page {
        ModelListPage(models: try await reports.histories(), links: links).page(server: reports.server)
    }

    private func mark(_ request: Request, _ context: WireContext) async throws -> Response {
        // The guard refuses a foreign origin; a browser that names none cannot be told from one.
        guard request.headers[.origin] != nil else {
            throw ServiceError.invalid("send this from the model's page, or use `slipway incidents mark`")
        }
        _ = try await marks.mark(
            IncidentID(try context.pathPart("incident")),
            as: try context.pathPart("outcome"),
            caller: context.caller
        )
        let page = "/models/\(PathSegment.encode(try context.pathPart("model")))#incidents"
        return Response(status: .seeOther, headers: [.location: page])
    }

    private func model(_ context: WireContext) async throws -> Page {
        let name = try context.pathPart("model")
        let history = try await reports.history(of: name)
        return ModelPage(history: history, now: reports.server.now).page(server: reports.server)
    }
}
