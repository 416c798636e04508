internal import SlipwayDomain

/// What is searched: which tables stand behind its fields.
struct SearchSubject {
    let from: String
    /// The columns of attributes, by canonical name.
    let columns: [String: String]
    /// Pairs of the owner's own column and the column of the tables below it, which together name the owner.
    let owner: [(column: String, below: String)]
    let paramTable: String?
    let tagTable: String
    /// Points of metrics that a condition looks at, and an order at the latest of.
    let metricTable: String?
    /// The rows of fields that only this subject has.
    var ownRows: @Sendable (SearchField) -> SearchText.Piece? = { _ in nil }

    func column(_ attribute: String) -> String {
        guard let column = columns[attribute] else { preconditionFailure("no column for attribute \(attribute)") }
        return column
    }

    /// A correlated SELECT of an owner's rows `x` for one field, open for one more AND.
    func rows(_ field: SearchField) -> SearchText.Piece? {
        if let rows = ownRows(field) { return rows }
        switch field.entity {
        case .tag: return pairs(in: tagTable, field.key)
        case .param: return paramTable.map { pairs(in: $0, field.key) }
        case .metric:
            guard let metricTable else { return nil }
            return SearchText.Piece(
                """
                SELECT 1 FROM \(metricTable) x WHERE \(owned("x")) \
                AND x.key = (SELECT id FROM metric_keys WHERE key = ?)
                """,
                [.text(field.key)]
            )
        default: return nil
        }
    }

    private func pairs(in table: String, _ key: String) -> SearchText.Piece {
        SearchText.Piece("SELECT 1 FROM \(table) x WHERE \(owned("x")) AND x.key = ?", [.text(key)])
    }

    private func owned(_ name: String) -> String {
        owner.map { "\(name).\($0.below) = \($0.column)" }.joined(separator: " AND ")
    }

    /// A join that brings the value to order by.
    func orderJoin(_ order: SearchOrder, as name: String) -> SearchText.Piece? {
        switch order.field.entity {
        case .tag: return join(tagTable, order, name)
        case .param: return paramTable.map { join($0, order, name) }
        case .metric: return metricTable.map { latest($0, order, name) }
        case .metadata: return join("trace_metadata", order, name)
        default: return nil
        }
    }

    private func join(_ table: String, _ order: SearchOrder, _ name: String) -> SearchText.Piece {
        SearchText.Piece("LEFT JOIN \(table) \(name) ON \(owned(name)) AND \(name).key = ?", [.text(order.field.key)])
    }

    /// The latest point of one metric of each owner, over all runs, on one data set or on all.
    private func latest(_ table: String, _ order: SearchOrder, _ name: String) -> SearchText.Piece {
        let keys = owner.map(\.below).joined(separator: ", ")
        var test = SearchText.Piece("key = (SELECT id FROM metric_keys WHERE key = ?)", [.text(order.field.key)])
        if let dataset = order.dataset, let place = SearchDataset.test([dataset]) {
            test.sql += " AND \(place.sql)"
            test.arguments += place.arguments
        }
        return SearchText.Piece(
            """
            LEFT JOIN (SELECT \(keys), value, is_nan FROM (SELECT \(keys), value, is_nan, \
            ROW_NUMBER() OVER (PARTITION BY \(keys) ORDER BY time DESC, step DESC, run ASC, value DESC) AS place \
            FROM \(table) WHERE \(test.sql)) ranked WHERE place = 1) \(name) ON \(owned(name))
            """,
            test.arguments
        )
    }
}

extension SearchDataset {
    /// Whether a point was measured on one of these data sets; nil when any will do.
    static func test(_ datasets: [SearchDataset]) -> SearchText.Piece? {
        guard !datasets.isEmpty else { return nil }
        var arguments: [SQLValue] = []
        let tests = datasets.map { dataset in
            arguments.append(.text(dataset.name))
            guard let digest = dataset.digest else { return "dataset_name = ?" }
            arguments.append(.text(digest))
            return "(dataset_name = ? AND dataset_digest = ?)"
        }
        return SearchText.Piece("(\(tests.joined(separator: " OR ")))", arguments)
    }
}

extension SearchSubject {
    /// Runs; only their columns: `RunTerm` knows their tables.
    static let runs = SearchSubject(
        from: "runs r",
        columns: [
            "run_id": "r.id", "run_name": "r.name", "status": "r.status", "user_id": "r.user_id",
            "artifact_uri": "r.artifact_uri", "start_time": "r.started_at", "end_time": "r.ended_at",
        ],
        owner: [("r.number", "run")],
        paramTable: "run_params",
        tagTable: "run_tags",
        metricTable: "latest_metrics"
    )

    static let experiments = SearchSubject(
        from: "experiments e",
        columns: [
            "name": "e.name", "experiment_id": "CAST(e.id AS TEXT)", "creation_time": "e.created_at",
            "last_update_time": "e.updated_at",
        ],
        owner: [("e.id", "experiment")],
        paramTable: nil,
        tagTable: "experiment_tags",
        metricTable: nil
    )

    static let loggedModels = SearchSubject(
        from: "logged_models m",
        columns: [
            "name": "m.name", "model_id": "m.id", "model_type": "m.model_type", "status": "m.status",
            "source_run_id": "COALESCE(m.source_run, '')", "experiment_id": "CAST(m.experiment AS TEXT)",
            "creation_time": "m.created_at", "last_updated_time": "m.updated_at",
        ],
        owner: [("m.number", "model")],
        paramTable: "logged_model_params",
        tagTable: "logged_model_tags",
        metricTable: "logged_model_metrics"
    )

    static let registeredModels = SearchSubject(
        from: "registered_models m",
        columns: [
            "name": "m.name", "creation_timestamp": "m.created_at", "last_updated_timestamp": "m.updated_at",
        ],
        owner: [("m.name", "model")],
        paramTable: nil,
        tagTable: "registered_model_tags",
        metricTable: nil
    )

    static let modelVersions = SearchSubject(
        from: "model_versions v",
        columns: [
            "name": "v.model", "run_id": "v.run_id", "source_path": "v.source", "version_number": "v.version",
            "creation_timestamp": "v.created_at", "last_updated_timestamp": "v.updated_at",
        ],
        owner: [("v.model", "model"), ("v.version", "version")],
        paramTable: nil,
        tagTable: "model_version_tags",
        metricTable: nil
    )
}
