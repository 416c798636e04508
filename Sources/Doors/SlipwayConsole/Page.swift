internal import SlipwayDomain
internal import SlipwayService

/// The frame that every page stands in.
struct Page {
    let title: String
    /// What the server is doing; its drill is told on every page.
    let server: ModelReports.ServerState
    /// Whether the ledger holds records of a drill, although the server may run none now.
    var holdsDrill = false
    let content: HTML

    var html: HTML {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(title) - Slipway</title>
        <style>\(Style.sheet)</style>
        </head>
        <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header class="bar"><a href="/" class="brand">Slipway</a><span class="muted">Models</span></header>
        \(drill)<main id="content">
        \(content)</main>
        <footer>
        <p>Read from the ledger at \(Figures.time(server.now)). All times are UTC.</p>
        <p>Predictions of all models since the server started: \(Figures.count(server.loggedPredictions)) logged, \
        \(dropped) dropped.</p>
        </footer>
        </body>
        </html>

        """
    }

    private var dropped: HTML {
        let count = Figures.count(server.droppedPredictions)
        return server.droppedPredictions > 0 ? #"<strong class="bad">\#(count)</strong>"# : "\(count)"
    }

    private var drill: HTML {
        if let drill = server.drill {
            return """
                <p class="drill" role="note"><strong>Drill: clock began at \(Figures.time(drill.start)), \
                not production.</strong> Replayed traffic may lead it at most \(Self.rate(drill.rate)) times \
                as fast as real time; latency is always measured in real time.</p>

                """
        }
        guard holdsDrill else { return "" }
        return """
            <p class="drill" role="note"><strong>Drill: this ledger holds records of an accelerated clock, \
            not production.</strong></p>

            """
    }

    private static func rate(_ rate: Double) -> String {
        rate.rounded() == rate && rate < 1e15 ? Figures.count(Int(rate)) : Figures.fixed(rate, decimals: 1)
    }
}
