internal import SlipwayDomain
internal import SlipwayPolicy
internal import SlipwayStatistics

/// Scores a whole table with one version and computes its metrics, overall and per slice.
struct TableScorer {
    let version: LoadedVersion
    let task: ModelTask
    let dataset: Dataset
    let sliceColumns: [String]

    private static let timeoutMilliseconds = 60_000

    private struct Answers {
        /// The rows that were read so far, with a label or without.
        var read = 0
        var scores: [Double] = []
        var truths: [Double] = []
        /// The chosen and the true class of each row, of several, and the scores of all.
        var chosen: [String] = []
        var classes: [String] = []
        var matrix: [Double] = []
        var names = ColumnNames()
        /// The inputs and the answer of each row, for a regression.
        var rows: [[Double]] = []
        var slices: [String: [String]] = [:]
    }

    func score(with tables: any TableReader) throws -> ScoredDataset {
        let columns = try wantedColumns(present: tables.columnNames(path: dataset.path))
        var answers = Answers()
        try tables.read(path: dataset.path, columns: columns) { try add($0, to: &answers) }
        guard !answers.scores.isEmpty else {
            throw ServiceError.invalid("the data has no labelled rows: nothing to evaluate")
        }
        do {
            return switch task {
            case .regression: try numbers(answers)
            case .multiclass: try choices(answers)
            default: try classes(answers)
            }
        } catch let error as ServiceError {
            throw error
        } catch {
            throw ServiceError.invalid("the data cannot be evaluated: \(error)")
        }
    }

    private func slices(_ answers: Answers) -> [(name: String, values: [String])] {
        sliceColumns.map { (name: $0, values: answers.slices[$0] ?? []) }
    }

    /// The slices, by what `measured` says of the rows of each.
    private func slices(
        _ answers: Answers,
        by measured: ([Int]) -> (metrics: [String: Double], confusion: Confusion?)
    ) -> [Evaluation.Slice] {
        slices(answers).flatMap { column, values in
            SliceEvaluation.rows(by: values).map { value, rows in
                let (metrics, confusion) = measured(rows)
                return Evaluation.Slice(
                    column: column,
                    value: value,
                    rows: rows.count,
                    metrics: metrics,
                    confusion: confusion
                )
            }
        }
    }

    private func classes(_ answers: Answers) throws(StatisticsError) -> ScoredDataset {
        let labels = answers.truths.map { $0 == 1 }
        let result = try SliceEvaluation.evaluate(
            scores: answers.scores,
            labels: labels,
            slices: slices(answers)
        )
        let slices = result.slices.map { slice in
            Evaluation.Slice(
                column: slice.column,
                value: slice.value,
                rows: Int(slice.evaluation.count),
                metrics: Self.metrics(slice.evaluation),
                confusion: slice.evaluation.confusion
            )
        }
        return ScoredDataset(
            datasetDigest: dataset.digest,
            rows: labels.count,
            metrics: Self.metrics(result.overall),
            slices: slices,
            calibration: ScoreCalibration(scores: answers.scores, labels: labels),
            losses: []
        )
    }

    /// Of several classes: an answer is right or wrong, and its score says how sure it is of being right.
    private func choices(_ answers: Answers) throws(ServiceError) -> ScoredDataset {
        try check(answers)
        let hits = zip(answers.chosen, answers.classes).map { $0.isExactly($1) }
        let truths = answers.names.scores(of: answers.classes, in: answers.matrix)
        func metrics(_ rows: [Int]) -> [String: Double] {
            let metrics = MulticlassMetrics(hits: rows.map { hits[$0] }, scores: rows.map { truths[$0] })
            var named: [String: Double] = [:]
            for name in MulticlassMetrics.metricNames { named[name] = metrics?.metric(name) }
            return named
        }
        let slices = slices(answers) { rows in
            // Each answer is decided to be right.
            let confusion = Confusion(
                scores: rows.map { answers.scores[$0] },
                labels: rows.map { hits[$0] },
                threshold: 0
            )
            return (metrics(rows), confusion)
        }
        return ScoredDataset(
            datasetDigest: dataset.digest,
            rows: hits.count,
            metrics: metrics(Array(hits.indices)),
            slices: slices,
            calibration: ScoreCalibration(scores: answers.scores, labels: hits, threshold: 0),
            losses: []
        )
    }

    /// Labels of which none is a class of the model are other names for them, or were read as something else.
    private func check(_ answers: Answers) throws(ServiceError) {
        let known = Set((answers.chosen + answers.names.all).map(ExactText.init))
        let labels = Set(answers.classes.map(ExactText.init))
        guard known.isDisjoint(with: labels) else { return }
        func some(_ texts: Set<ExactText>) -> String { texts.map(\.text).sorted().prefix(5).joined(separator: ", ") }
        throw .invalid(
            "no label in '\(dataset.label)' is a class of the model: labels are \(some(labels)), classes \(some(known)). In CSV, "
                + "names that look like numbers, dates or truth values are read as such: Parquet keeps texts"
        )
    }

    private func numbers(_ answers: Answers) throws(StatisticsError) -> ScoredDataset {
        guard answers.scores.allSatisfy(\.isFinite) else {
            throw .invalidParameter("an answer of the model is not a finite number")
        }
        let slices = slices(answers) { rows in
            let (predictions, truths) = (rows.map { answers.scores[$0] }, rows.map { answers.truths[$0] })
            return (Self.metrics(predictions: predictions, truths: truths), nil)
        }
        return ScoredDataset(
            datasetDigest: dataset.digest,
            rows: answers.truths.count,
            metrics: Self.metrics(predictions: answers.scores, truths: answers.truths),
            slices: slices,
            calibration: nil,
            losses: answers.rows.count == answers.truths.count
                ? LossEstimator.Loss.allCases.compactMap {
                    LossEstimator(rows: answers.rows, truths: answers.truths, loss: $0)
                } : []
        )
    }

    private static func metrics(predictions: [Double], truths: [Double]) -> [String: Double] {
        guard let metrics = RegressionMetrics(predictions: predictions, truths: truths) else { return [:] }
        var named = ["mae": metrics.meanAbsoluteError, "rmse": metrics.rootMeanSquaredError]
        named["r2"] = metrics.r2
        return named.filter { $0.value.isFinite }
    }

    private static func metrics(_ evaluation: BinaryEvaluation) -> [String: Double] {
        var metrics: [String: Double] = [:]
        for name in BinaryEvaluation.metricNames { metrics[name] = evaluation.metric(name) }
        return metrics
    }

    private func wantedColumns(present: [String]) throws(ServiceError) -> [String] {
        var wanted: [String] = []
        for name in version.features.columns.flatMap({ $0.map(\.name) }) + [dataset.label] + sliceColumns
        where !wanted.contains(name) {
            wanted.append(name)
        }
        let missing = wanted.filter { !present.contains($0) }
        guard missing.isEmpty else {
            var advice = missing.prefix(3).compactMap { name in
                Spelling.nearest(to: name, in: present).map { "is \(name) the '\($0)' of the data?" }
            }
            if missing.contains(dataset.label) { advice.append("the label's column is named with --label") }
            if missing.contains(where: { !sliceColumns.contains($0) && $0 != dataset.label }) {
                advice.append(
                    "a model's own columns are named with the ONNX property slipway.features, a JSON list of their names"
                )
            }
            let slices = missing.filter(sliceColumns.contains)
            if !slices.isEmpty {
                advice.append(
                    "spec.evaluation of the manifest measures \(slices.joined(separator: ", ")) apart"
                )
            }
            throw .invalid(
                "the data lacks the column \(missing.joined(separator: ", ")); it has \(present.joined(separator: ", ")): "
                    + advice.joined(separator: "; ")
            )
        }
        return wanted
    }

    private func add(_ batch: TableBatch, to answers: inout Answers) throws(ServiceError) {
        guard let labels = batch.columns[dataset.label] else {
            throw .invalid("a batch has no column '\(dataset.label)'")
        }
        let before = answers.read
        answers.read += batch.rows
        var rows: [Int] = []
        if task == .multiclass {
            rows = (0..<batch.rows).filter { !Self.text(labels, $0).isEmpty }
        } else {
            for row in 0..<batch.rows where try truth(labels, row, after: before) != nil { rows.append(row) }
        }
        guard !rows.isEmpty else { return }
        let inputs = try TensorBuilder(version: version, rowsBefore: before).tensors(batch, rows: rows)
        let outputs = try version.model.run(inputs, outputs: nil, timeoutMilliseconds: Self.timeoutMilliseconds)
        if task == .multiclass {
            try add(outputs, rows.map { Self.text(labels, $0) }, to: &answers)
        } else {
            try add(
                outputs,
                inputs,
                rows.map { (row) throws(ServiceError) in try truth(labels, row, after: before) ?? 0 },
                to: &answers
            )
        }
        for column in sliceColumns {
            guard let values = batch.columns[column] else { throw .invalid("a batch has no column '\(column)'") }
            answers.slices[column, default: []] += rows.map { Self.text(values, $0) }
        }
    }

    /// Scores of two classes or numbers, with their truths.
    private func add(
        _ outputs: [Tensor],
        _ inputs: [Tensor],
        _ truths: [Double],
        to answers: inout Answers
    ) throws(ServiceError) {
        guard let scores = version.scores(in: outputs), scores.count == truths.count else {
            throw .invalid("the model has no score output: it needs a FP32 output of shape [N], [N,1] or [N,2]")
        }
        answers.scores += scores
        answers.truths += truths
        guard task == .regression else { return }
        for place in truths.indices {
            let numbers = LossRow.numbers(of: inputs, row: place, rows: truths.count, answer: scores[place])
            if let numbers { answers.rows.append(numbers) }
        }
    }

    /// Choices among several classes, with the true ones.
    private func add(_ outputs: [Tensor], _ classes: [String], to answers: inout Answers) throws(ServiceError) {
        guard let said = version.classAnswers(in: outputs), said.chosen.count == classes.count else {
            throw .invalid(
                "the model chooses among no classes: it needs an output of shape [N] with the class of each row (integers or "
                    + "texts), or one of shape [N, classes] with their scores, which are numbers"
            )
        }
        answers.scores += said.scores
        answers.chosen += said.chosen
        answers.classes += classes
        answers.matrix += said.matrix
        answers.names.learn(said)
    }

    /// The truth of one row of a batch `after` so many others; nil when it is not known.
    private func truth(_ values: ColumnValues, _ row: Int, after before: Int) throws(ServiceError) -> Double? {
        func refusal(_ problem: String, in row: Int? = row) -> ServiceError {
            let place = row.map { ", row \(before + $0 + 1)" } ?? ""
            return .invalid("column '\(ManifestReader.quote(dataset.label))'\(place): \(problem)")
        }
        switch values {
        case .flags(let flags): return flags[row].map { $0 ? 1 : 0 }
        case .numbers(let numbers):
            guard let number = numbers[row], !number.isNaN else { return nil }
            guard task == .regression ? number.isFinite : number == 0 || number == 1 else {
                throw refusal(
                    task == .regression ? "a truth is a finite number" : "a label is 0 or 1, not \(number.valueText)"
                )
            }
            return number
        case .texts(let texts):
            guard texts[row]?.isEmpty == false else { return nil }
            let wanted = task == .regression ? "truths are numbers" : "labels are 0 and 1 or true and false"
            // One wrong value makes texts of a whole CSV column: what could be a label is not the one.
            let culprit = texts.indices.dropFirst(row).first { texts[$0].map { !couldBeLabel($0) } ?? false }
            throw refusal(
                wanted + (culprit == nil ? ", and the column holds texts" : ", and there is another text"),
                in: culprit
            )
        }
    }

    private func couldBeLabel(_ text: String) -> Bool {
        text.isEmpty
            || (task == .regression ? Double(text) != nil : ["0", "1", "true", "false"].contains(text.lowercased()))
    }

    private static func text(_ values: ColumnValues, _ row: Int) -> String {
        switch values {
        case .flags(let flags): flags[row].map { String($0) } ?? ""
        case .texts(let texts): texts[row] ?? ""
        case .numbers(let numbers):
            numbers[row].flatMap { $0.isNaN ? nil : $0.valueText } ?? ""
        }
    }
}

/// Makes a model's input tensors from the columns of a table.
struct TensorBuilder {
    let version: LoadedVersion
    /// The rows of the table before the batch, to say where something stands.
    var rowsBefore = 0

    func tensors(_ batch: TableBatch, rows: [Int]) throws(ServiceError) -> [Tensor] {
        var tensors: [Tensor] = []
        for (input, features) in zip(version.model.inputs, version.features.columns) {
            var columns: [[Double]] = []
            for feature in features { columns.append(try numbers(of: feature, in: batch, rows: rows)) }
            let shape = input.shape.count >= 2 ? [rows.count, features.count] : [rows.count]
            tensors.append(Tensor(name: input.name, shape: shape, data: try data(columns, rows.count, input.type)))
        }
        return tensors
    }

    private func data(_ columns: [[Double]], _ rows: Int, _ type: TensorType) throws(ServiceError) -> TensorData {
        var values: [Double] = []
        values.reserveCapacity(rows * columns.count)
        for row in 0..<rows {
            for column in columns { values.append(column[row]) }
        }
        guard type != .bytes else { throw .invalid("a model with text inputs cannot be evaluated from a table now") }
        guard let data = TensorData(values, as: type) else {
            throw .invalid("a value is no \(type.rawValue), as the model wants")
        }
        return data
    }

    private func numbers(of feature: FeatureMap.Feature, in batch: TableBatch, rows: [Int]) throws(ServiceError)
        -> [Double]
    {
        guard let values = batch.columns[feature.name] else {
            throw .invalid("the data lacks the column '\(feature.name)'")
        }
        var numbers: [Double] = []
        numbers.reserveCapacity(rows.count)
        for row in rows {
            let number: Double? =
                switch values {
                case .numbers(let column): column[row]
                case .flags(let column): column[row].map { $0 ? 1 : 0 }
                case .texts(let column): column[row].flatMap { code(of: $0, feature) }
                }
            guard let number else { throw refusal(of: feature, values, row) }
            numbers.append(number)
        }
        return numbers
    }

    /// Says where, and not what stands there: that may be nobody's to read in a log.
    private func refusal(of feature: FeatureMap.Feature, _ values: ColumnValues, _ row: Int) -> ServiceError {
        let column = "column '\(ManifestReader.quote(feature.name))'"
        func place(_ row: Int) -> String { "\(column), row \(rowsBefore + row + 1)" }
        guard case .texts(let texts) = values, texts[row] != nil else {
            return .invalid("\(place(row)): there is no value, and the model needs one")
        }
        guard let categories = feature.categories else {
            // One wrong value makes texts of a whole CSV column: what is a number is not the one.
            let culprit = texts.indices.dropFirst(row).first { texts[$0].map { Double($0) == nil } ?? false }
            guard let culprit else { return .invalid("\(column) holds texts, and the model takes numbers there") }
            return .invalid("\(place(culprit)): there is a text, and the model takes numbers")
        }
        let known = ManifestReader.quote(categories.prefix(8).joined(separator: ", "))
        return .invalid("\(place(row)): the text there is none of the model's categories (\(known))")
    }

    private func code(of text: String, _ feature: FeatureMap.Feature) -> Double? {
        feature.categories?.firstIndex { $0.isExactly(text) }.map { Double($0) }
    }
}
