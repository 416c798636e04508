/// One value of one metric at one step and time.
package struct MetricPoint: Equatable, Sendable {
    package var key: String
    /// Not a number is kept; the infinities become the largest finite doubles, as MLflow stores them.
    package var value: Double
    /// Milliseconds since 1970, as the client gave them.
    package var timestamp: Int64
    package var step: Int64
    /// The logged model that the value is about, if any.
    package var model: String?
    package var datasetName: String?
    package var datasetDigest: String?
    /// The run that logged it; set where points of several runs stand together.
    package var run: String?

    package init(
        key: String,
        value: Double,
        timestamp: Int64,
        step: Int64 = 0,
        model: String? = nil,
        datasetName: String? = nil,
        datasetDigest: String? = nil,
        run: String? = nil
    ) {
        self.key = key
        self.value = value.isInfinite ? (value < 0 ? -1 : 1) * Double.greatestFiniteMagnitude : value
        self.timestamp = timestamp
        self.step = step
        self.model = model
        self.datasetName = datasetName
        self.datasetDigest = datasetDigest
        self.run = run
    }
}
