import SlipwayStatistics
import Testing

@Suite struct MulticlassMetricsTests {
    @Test func `as scikit-learn has them`() throws {
        // log_loss([0, 1, 2, 2], [[.7,.2,.1],[.1,.8,.1],[.2,.2,.6],[.5,.3,.2]]) and accuracy_score of the greatest.
        let metrics = try #require(MulticlassMetrics(hits: [true, true, true, false], scores: [0.7, 0.8, 0.6, 0.2]))
        #expect(metrics.accuracy == 0.75)
        #expect(abs((metrics.metric("log_loss") ?? 0) - 0.6750205078632583) < 1e-12)
        #expect(metrics.metric("accuracy") == 0.75 && metrics.metric("roc_auc") == nil)
    }

    @Test func `without rows there are none, and without one row's score there is no log loss`() throws {
        #expect(MulticlassMetrics(hits: [], scores: []) == nil)
        let partly = try #require(MulticlassMetrics(hits: [true, false], scores: [0.5, nil]))
        #expect(partly.accuracy == 0.5 && partly.logLoss == nil)
        #expect(MulticlassMetrics(hits: [true], scores: [.nan])?.logLoss == nil)
        // A class that was given no chance costs much, but not everything.
        let surprised = try #require(MulticlassMetrics(hits: [false], scores: [0])?.logLoss)
        #expect(abs(surprised - 52 * 0.6931471805599453) < 1e-9)
    }
}
