import SlipwayDomain
import SlipwaySQLite
import Testing

@testable import SlipwayStore

@Suite("Search for runs")
struct RunSearchTests {
    @Test("whatever way the search takes, it finds what a plain look at every run finds, in the same order")
    func equalsPlainLook() async throws {
        let seed: UInt64 = 20_260_401
        print("seed \(seed)")
        let world = try await SearchWorld(runs: 240, seed: seed)
        var dice = SearchDice(state: seed ^ 0xF00D)
        var ways: [String: Int] = [:]
        for _ in 0..<400 {
            let filter = SearchFilter((0..<Int.random(in: 0...3, using: &dice)).map { _ in world.condition(&dice) })
            let order = world.order(&dice)
            let view: LifecycleView = [.active, .active, .deleted, .all][Int.random(in: 0..<4, using: &dice)]
            let experiments: [Int64] = [[1], [1, 2], [2, 7], [1, 2, 3]][Int.random(in: 0..<4, using: &dice)]
            let wanted = world.plain(filter, order, view, experiments)
            let found = try await world.database.database.read { reader in
                let search = try RunSearch(experiments: experiments, view: view, filter, order: order, in: reader)
                var found: [(String, [Int64])] = []
                for plan in try Self.plans(of: search, in: reader) {
                    found.append(("\(plan)", try search.numbers(plan, limit: 1000, offset: 0, in: reader)))
                    found.append(("\(plan) paged", try Self.paged(search, plan, in: reader)))
                }
                found.append(("chosen", try search.numbers(limit: 1000, offset: 0, in: reader)))
                return found
            }
            for (way, numbers) in found {
                ways[String(way.prefix { $0 != "(" }), default: 0] += 1
                #expect(numbers == wanted, "\(filter) ordered by \(order) by way of \(way)")
            }
        }
        #expect(ways.keys.contains("walk") && ways.keys.contains("list") && ways.keys.contains("scope"), "\(ways)")
    }

    /// Every way that a search can take, those that the planner would not choose for so few runs included.
    private static func plans(of search: RunSearch, in reader: some SQLReader) throws -> [RunPlan] {
        var plans: [RunPlan] = [.scope(byTime: false), .scope(byTime: true)]
        plans += search.terms.indices.filter { search.terms[$0].list != nil }.map { .list($0) }
        if try RunSearchPlanner(search).canWalk(in: reader) { plans.append(.walk) }
        return plans
    }

    private static func paged(_ search: RunSearch, _ plan: RunPlan, in reader: some SQLReader) throws -> [Int64] {
        var numbers: [Int64] = []
        while true {
            let page = try search.numbers(plan, limit: 37, offset: Int64(numbers.count), in: reader)
            numbers += page
            guard page.count == 37 else { return numbers }
        }
    }

    static let straight: [(filter: String, order: [String], plan: RunPlan, uses: String)] = [
        ("", [], .scope(byTime: false), "runs_by_start"),
        ("status = 'FAILED' AND start_time > 5", [], .scope(byTime: false), "runs_by_status"),
        ("params.p0 = 'v1'", ["metrics.m0 DESC"], .walk, "latest_metrics_by_value"),
        ("metrics.m0 > 0.5 AND tags.team = 'a'", ["metrics.m0 DESC"], .walk, "latest_metrics_by_value"),
        ("", ["params.p0"], .walk, "run_params_by_value"),
        ("tags.team = 'a'", ["tags.team DESC"], .walk, "run_tags_by_value"),
    ]

    @Test("a page is read along an index, without looking at all runs and without sorting them", arguments: straight)
    func readsAlongIndex(filter: String, order: [String], plan: RunPlan, uses: String) async throws {
        let world = try await SearchWorld(runs: 20, seed: 1)
        let filter = try SearchParser.filter(filter, .runs)
        let order = try SearchParser.order(order, .runs)
        let steps = try await world.database.database.read { reader in
            let search = try RunSearch(experiments: [1], view: .active, filter, order: order, in: reader)
            let segment = search.segments(of: plan)[0]
            return try reader.rows(
                "EXPLAIN QUERY PLAN " + segment.sql + " LIMIT ? OFFSET ?",
                segment.arguments + [.integer(10), .integer(0)]
            ).map { $0.text(3) }
        }
        #expect(steps.first?.contains(uses) == true, "\(steps)")
        #expect(!steps.contains { $0.hasPrefix("SCAN") || $0 == "USE TEMP B-TREE FOR ORDER BY" }, "\(steps)")
    }

    @Test(
        "conditions are listed from an index that has all they need",
        arguments: [
            ("metrics.m0 > 0.5", "COVERING INDEX latest_metrics_by_value"),
            ("params.p0 = 'v1'", "COVERING INDEX run_params_by_value"),
            ("params.p0 LIKE 'v%'", "COVERING INDEX run_params_by_value"),
            ("tags.team ILIKE '%A%'", "COVERING INDEX run_tags_by_value"),
            ("run_id IN ('a', 'b')", "INDEX"),
        ]
    )
    func listsFromIndex(filter: String, uses: String) async throws {
        let world = try await SearchWorld(runs: 20, seed: 1)
        let filter = try SearchParser.filter(filter, .runs)
        let steps = try await world.database.database.read { reader in
            let search = try RunSearch(experiments: [1], view: .active, filter, order: [], in: reader)
            let list = try #require(search.terms[0].list)
            return try reader.rows("EXPLAIN QUERY PLAN " + list.sql, list.arguments).map { $0.text(3) }
        }
        #expect(steps.contains { $0.contains(uses) }, "\(steps)")
        #expect(!steps.contains { $0.hasPrefix("SCAN") }, "\(steps)")
    }
}
