internal import HTTPTypes
internal import Hummingbird

/// Where the links lead that MLflow's client prints: `/#/experiments/1/runs/...`, of which only the browser sees the part
/// behind the `#`.
struct MLflowLinks {
    /// Whether MLflow's own pages are served here.
    let hasPages: Bool

    static let path = "/mlflow-links.js"

    /// The way to MLflow's pages, which a script goes for who came by such a link; or why there is none.
    var html: HTML {
        guard hasPages else {
            return """
                <p class="muted">Links of MLflow's client (<code>/#/experiments/...</code>) lead to MLflow's own pages: \
                <code>slipway up --mlflow-ui</code> serves them.</p>

                """
        }
        return """
            <p><a id="mlflow" href="/mlflow/">Experiments, runs and traces</a> are on MLflow's own pages.</p>
            <script src="\(Self.path)" defer></script>

            """
    }

    static var script: Response {
        let text = """
            if (location.hash.startsWith("#/")) location.replace(document.getElementById("mlflow").href + location.hash);

            """
        return Response(
            status: .ok,
            headers: [.contentType: "text/javascript; charset=utf-8", .cacheControl: "no-cache"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}
