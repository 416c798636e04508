internal import SlipwayDomain

/// What is searched: which tables stand behind its fields.
struct SearchSubject {
    let from: String
    /// The columns of attributes, by canonical name.
    let columns: [String: String]
    let owner: String
    let paramTable: String?
    let tagTable: String
    /// Points of metrics that a condition looks at, and the one value that an order looks at.
    let metricTable: String?
    let metricOrder: String?
    let ownerColumn: String

    /// A correlated SELECT of an owner's rows for one field, open for one more AND.
    struct Rows {
        let select: String
        let arguments: [SQLValue]
        let column: String
    }

    func column(_ attribute: String) -> String {
        guard let column = columns[attribute] else { preconditionFailure("no column for attribute \(attribute)") }
        return column
    }

    func rows(_ entity: SearchEntity, key: String) -> Rows? {
        switch entity {
        case .attribute: return tagTable == "trace_tags" ? TraceFieldRows.attribute(key) : nil
        case .metadata: return TraceFieldRows.metadata(key)
        case .issue: return TraceFieldRows.issue()
        case .span, .spanAttribute, .feedback, .expectation: return nil
        case .tag: return pairs(in: tagTable, key)
        case .param: return paramTable.map { pairs(in: $0, key) }
        case .metric:
            guard let metricTable else { return nil }
            return Rows(
                select: """
                    SELECT 1 FROM \(metricTable) x WHERE x.\(ownerColumn) = \(owner) AND x.is_nan = 0 \
                    AND x.key = (SELECT id FROM metric_keys WHERE key = ?)
                    """,
                arguments: [.text(key)],
                column: "x.value"
            )
        case .dataset where key == "context":
            return Rows(
                select: """
                    SELECT 1 FROM run_dataset_tags x WHERE x.run = \(owner) AND x.key = 'mlflow.data.context'
                    """,
                arguments: [],
                column: "x.value"
            )
        case .dataset:
            let column = key == "digest" ? "d.digest" : "d.name"
            return Rows(
                select: """
                    SELECT 1 FROM run_datasets x JOIN datasets d ON d.id = x.dataset WHERE x.run = \(owner)
                    """,
                arguments: [],
                column: column
            )
        }
    }

    private func pairs(in table: String, _ key: String) -> Rows {
        Rows(
            select: "SELECT 1 FROM \(table) x WHERE x.\(ownerColumn) = \(owner) AND x.key = ?",
            arguments: [.text(key)],
            column: "x.value"
        )
    }

    /// A join that brings the value to order by; its one mark is the key.
    func orderJoin(_ entity: SearchEntity, as name: String) -> String? {
        switch entity {
        case .attribute, .dataset, .span, .spanAttribute, .feedback, .expectation, .issue: return nil
        case .metadata: return "LEFT JOIN trace_metadata \(name) ON \(name).trace = \(owner) AND \(name).key = ?"
        case .tag: return "LEFT JOIN \(tagTable) \(name) ON \(name).\(ownerColumn) = \(owner) AND \(name).key = ?"
        case .param:
            return paramTable.map { "LEFT JOIN \($0) \(name) ON \(name).\(ownerColumn) = \(owner) AND \(name).key = ?" }
        case .metric:
            return metricOrder.map { table in
                """
                LEFT JOIN \(table) \(name) ON \(name).\(ownerColumn) = \(owner) \
                AND \(name).key = (SELECT id FROM metric_keys WHERE key = ?)
                """
            }
        }
    }

    static let runs = SearchSubject(
        from: "runs r",
        columns: [
            "run_id": "r.id", "run_name": "r.name", "status": "r.status", "user_id": "r.user_id",
            "artifact_uri": "r.artifact_uri", "start_time": "r.started_at", "end_time": "r.ended_at",
        ],
        owner: "r.number",
        paramTable: "run_params",
        tagTable: "run_tags",
        metricTable: "latest_metrics",
        metricOrder: "latest_metrics",
        ownerColumn: "run"
    )

    static let experiments = SearchSubject(
        from: "experiments e",
        columns: [
            "name": "e.name", "experiment_id": "CAST(e.id AS TEXT)", "creation_time": "e.created_at",
            "last_update_time": "e.updated_at",
        ],
        owner: "e.id",
        paramTable: nil,
        tagTable: "experiment_tags",
        metricTable: nil,
        metricOrder: nil,
        ownerColumn: "experiment"
    )

    static let loggedModels = SearchSubject(
        from: "logged_models m",
        columns: [
            "name": "m.name", "model_id": "m.id", "model_type": "m.model_type", "status": "m.status",
            "source_run_id": "m.source_run", "experiment_id": "CAST(m.experiment AS TEXT)",
            "creation_time": "m.created_at", "last_updated_time": "m.updated_at",
        ],
        owner: "m.number",
        paramTable: "logged_model_params",
        tagTable: "logged_model_tags",
        metricTable: "logged_model_metrics",
        metricOrder: latestModelMetrics,
        ownerColumn: "model"
    )

    /// The latest point of each metric of each model, over all runs and data sets.
    private static let latestModelMetrics = """
        (SELECT model, key, value, is_nan FROM (
            SELECT model, key, value, is_nan,
                ROW_NUMBER() OVER (PARTITION BY model, key ORDER BY time DESC, step DESC, run ASC) AS place
            FROM logged_model_metrics) ranked
        WHERE place = 1)
        """
}
