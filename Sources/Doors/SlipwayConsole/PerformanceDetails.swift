internal import SlipwayDomain
internal import SlipwayService

/// What one judged window showed beside its metric: slices, groups and what decisions were worth.
struct PerformanceDetails {
    let window: ModelHistory.Window

    private static let mostSlices = 50

    var html: HTML { "\(value)\(fairness)\(slices)" }

    private var value: HTML {
        guard let business = window.data["business"], let each = business["perDecision"], each != .null else {
            return ""
        }
        let unit = business["unit"]?.string ?? ""
        let estimated: String? = business["estimatedPerDecision"]?["value"]?.number.map {
            "; estimated before labels: \(Figures.fixed($0, decimals: 3))"
        }
        return """
            <p>Value of its labelled decisions: \(Figures.fixed(business["realised"], decimals: 0)) \(unit), \
            \(Figures.fixed(each["value"], decimals: 3)) each, between \(Figures.fixed(each["lower"], decimals: 3)) and \
            \(Figures.fixed(each["upper"], decimals: 3))\(estimated ?? "").</p>

            """
    }

    private var fairness: HTML {
        (window.data["fairness"]?.array ?? []).html { verdict in
            let rows = (verdict["groups"]?.array ?? []).map { group -> [HTML] in
                let rate = group["rate"]
                return [
                    "\(group["value"]?.string ?? "")", "\(Figures.count(group["rows"]))",
                    "\(Figures.percent(rate?["value"]))", "\(Figures.percent(rate?["lower"]))",
                    "\(Figures.percent(rate?["upper"]))",
                ]
            }
            return """
                <h3>\(verdict["metric"]?.string ?? "") by \(verdict["group"]?.string ?? "")</h3>
                <p>\(verdict["sentence"]?.string ?? "")</p>
                \(Table(
                    caption: "Each group with its 95 % interval",
                    columns: [
                        .text("Group"), .number("Rows"), .number("Rate"), .number("Lower"), .number("Upper"),
                    ],
                    rows: rows
                ).html)
                """
        }
    }

    private var slices: HTML {
        let slices = (window.data["slices"]?.array ?? []).filter { $0["measured"]?.object != nil }.prefix(
            Self.mostSlices
        )
        guard !slices.isEmpty else { return "" }
        let rows = slices.map { slice -> [HTML] in
            let measured = slice["measured"]
            return [
                "\(slice["column"]?.string ?? "")", "\(slice["value"]?.string ?? "")",
                "\(Figures.fixed(measured?["value"], decimals: 4))",
                "\(Figures.fixed(measured?["lower"], decimals: 4))",
                "\(Figures.fixed(measured?["upper"], decimals: 4))", "\(Figures.count(slice["labels"]))",
            ]
        }
        return """
            <details>
            <summary>By slice</summary>
            \(Table(
                caption: "Slices with at least 100 labels",
                columns: [
                    .text("Column"), .text("Value"), .number(window.data["metric"]?.string ?? "value"), .number("Lower"),
                    .number("Upper"), .number("Labels"),
                ],
                rows: rows
            ).html)</details>

            """
    }
}
