internal import SlipwayService

/// All models in one table; on an empty server, how to begin.
struct ModelListPage {
    let models: [ModelHistory]
    let links: MLflowLinks

    func page(server: ModelReports.ServerState) -> Page {
        Page(
            title: "Models",
            server: server,
            holdsDrill: models.contains(where: \.isDrill),
            content: "<h1>Models</h1>\n\(links.html)<section>\n\(models.isEmpty ? Self.firstSteps : table)</section>\n"
        )
    }

    private var table: HTML {
        Table(
            caption: models.count == 1 ? "1 model, by name" : "\(models.count) models, by name",
            columns: [
                .text("Model"), .text("Serves"), .text("Owner"), .text("Tier"), .text("Open incidents"),
                .text("Release under way"),
            ],
            rows: models.map(row)
        ).html
    }

    private func row(_ history: ModelHistory) -> [HTML] {
        let open = history.openIncidents.count
        return [
            #"<a href="/models/\#(PathSegment.encode(history.model))">\#(history.model)</a>"#,
            history.serving.map { "version \($0.version) since \(Figures.time($0.since))" } ?? "nothing yet",
            history.owner.map { "\($0)" } ?? #"<span class="muted">no manifest</span>"#,
            history.tier.map { "\($0)" } ?? Self.none,
            open == 0 ? "none" : Badge(text: "\(open) open", tone: .bad).html,
            history.activeRelease.map { "version \($0.version), \($0.steps.last?.percent ?? 0) %" } ?? Self.none,
        ]
    }

    private static let none: HTML = "\(Figures.none)"

    private static let firstSteps: HTML = """
        <h2>No models yet</h2>
        <p>Log and register a first version with the MLflow client you have:</p>
        <pre>import mlflow
        mlflow.set_tracking_uri("http://127.0.0.1:5000")
        mlflow.register_model("runs:/RUN_ID/model", "my-model")</pre>
        <p>Then say what it must show, ask whether it may serve, and ship it:</p>
        <pre>slipway apply slipway.yaml
        slipway check my-model@1 --to production
        slipway ship my-model@1 --to production</pre>
        <p>Or watch the whole of it on real data: <code>make demo</code>.</p>

        """
}
