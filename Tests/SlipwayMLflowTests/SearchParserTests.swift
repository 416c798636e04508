import SlipwayDomain
import Testing

@Suite struct SearchParserTests {
    static let accepted: [(String, [SearchCondition])] = [
        ("", []),
        ("metrics.acc > 0.1", [.init(.init(.metric, "acc"), .number(.greater, 0.1))]),
        ("metric.acc>=-.5", [.init(.init(.metric, "acc"), .number(.greaterOrEqual, -0.5))]),
        ("metrics.acc > 1 and", [.init(.init(.metric, "acc"), .number(.greater, 1))]),
        (
            "params.\"lr rate\" = '0.1' aNd tags.`a.b/c` != \"x\"",
            [.init(.init(.param, "lr rate"), .equals("0.1")), .init(.init(.tag, "a.b/c"), .differs("x"))]
        ),
        ("tag.mlflow.runName = 's2'", [.init(.init(.tag, "mlflow.runName"), .equals("s2"))]),
        ("params.opt = 'it''s'", [.init(.init(.param, "opt"), .equals("it's"))]),
        ("params.a like 'A_%'", [.init(.init(.param, "a"), .like("A_%", ignoringCase: false))]),
        ("tags.a ILIKE 'a'", [.init(.init(.tag, "a"), .like("a", ignoringCase: true))]),
        ("tags.a IS NULL", [.init(.init(.tag, "a"), .isNull)]),
        ("params.a is not null", [.init(.init(.param, "a"), .isNotNull)]),
        ("attributes.run_id IN ('a','b')", [.init(.init(.attribute, "run_id"), .isIn(["a", "b"]))]),
        ("run_id NOT IN ('a')", [.init(.init(.attribute, "run_id"), .isNotIn(["a"]))]),
        ("attributes.`Run Name` = 's'", [.init(.init(.attribute, "run_name"), .equals("s"))]),
        ("Created < 5e2", [.init(.init(.attribute, "start_time"), .number(.less, 500))]),
        ("dataset.context IN ('train')", [.init(.init(.dataset, "context"), .isIn(["train"]))]),
    ]

    @Test("A good filter is read as its conditions", arguments: accepted)
    func readsFilters(text: String, conditions: [SearchCondition]) throws {
        #expect(try SearchParser.filter(text, .runs) == SearchFilter(conditions))
    }

    @Test(
        "A bad filter is refused",
        arguments: [
            " ", ";", "metrics.acc", "metrics.acc >", "metrics.acc >> 1", "metrics.acc = 'x'", "metrics.acc = NaN",
            "metrics.acc IS NULL", "metrics.acc > 1e999", "metrics.acc > 1x", "params.opt = 5", "params.opt > 'a'",
            "params.opt = Adam", "params.opt IN ('a')", "run_id IN ()", "run_id IN ('a'", "run_id IN 'a'",
            "attributes.bogus = 'x'", "acc > 1", "METRICS.acc > 1", "(metrics.acc > 1)", "not metrics.acc > 1",
            "params.a = 'x' OR params.b = 'y'", "params.a = 'x' params.b = 'y'", "AND params.a = 'x'",
            "params.a = 'x' AND AND params.b = 'y'", "params.a = 'x' -- c", "metrics.a > 0; drop table runs",
            "params.a = 'x", "params. = 'x'", "dataset.bogus = 'x'", "tags.a IS", "tags.a IS NOT", "a.b.c = 'x'",
            "start_time > '5'", "user_id IN ('a')", "metrics.a <> 1", "💥 = 'x'", "params.a LIKE '\u{0}' 5",
        ]
    )
    func refusesFilters(text: String) {
        #expect(throws: SearchError.self) { try SearchParser.filter(text, .runs) }
    }

    static let misplaced: [(text: String, offset: Int, marked: String)] = [
        ("metrics.acc > 'x'", 14, "metrics.acc > ^'x'"),
        ("metrics.acc >", 13, "metrics.acc >^"),
        ("params.a = 'x' OR params.b = 'y'", 15, "params.a = 'x' ^OR params.b = 'y'"),
        ("params.a = 'é' AND bogus = 1", 19, "params.a = 'é' AND ^bogus = 1"),
        ("params.a = 'x", 11, "params.a = ^'x"),
        ("tags.a IS NOT", 13, "tags.a IS NOT^"),
        ("metrics.acc > 1x5", 14, "metrics.acc > ^1x5"),
        ("run_id IN ('a', 5)", 16, "run_id IN ('a', ^5)"),
        ("params.a = 'x'\n; drop", 15, "params.a = 'x' ^; drop"),
        ("metrics.a IS NULL", 0, "^metrics.a IS NULL"),
        ("user_id IN ('a')", 8, "user_id ^IN ('a')"),
        ("METRICS.a > 1", 0, "^METRICS.a > 1"),
        ("   ", 0, "^   "),
    ]

    @Test("A mistake is told with its place, on one line", arguments: misplaced)
    func pointsAtTheMistake(text: String, offset: Int, marked: String) throws {
        let error = try #require(throws: SearchError.self) { try SearchParser.filter(text, .runs) }
        #expect(error.offset == offset, "\(error)")
        #expect(error.message.hasSuffix("(at character \(offset + 1): \(marked))"), "\(error)")
        #expect(!error.message.contains("\n"))
    }

    @Test("Of a long filter the piece around the mistake is shown")
    func showsAPiece() throws {
        let text =
            (0..<50).map { "params.k\($0) = 'v'" }.joined(separator: " AND ") + " AND bogus = 'v' AND tags.a = 'b'"
        let error = try #require(throws: SearchError.self) { try SearchParser.filter(text, .runs) }
        #expect(error.message.contains("AND ^bogus = 'v' AND") && error.message.utf8.count < 400, "\(error)")
    }

    static let kinds: [(SearchVocabulary, String, isRead: Bool)] = [
        (.loggedModels, "params.a IN ('x')", true), (.loggedModels, "params.a IS NULL", false),
        (.registeredModels, "name IN ('a')", true), (.registeredModels, "tags.a IS NULL", false),
        (.registeredModels, "creation_timestamp > 5", false), (.modelVersions, "version_number >= 2", true),
        (.modelVersions, "run_id IN ('a')", true), (.modelVersions, "metrics.a > 1", false),
        (.experiments, "tags.a IS NOT NULL", true), (.experiments, "params.a = 'x'", false),
    ]

    @Test("Each kind of search has its own words", arguments: kinds)
    func knowsItsWords(vocabulary: SearchVocabulary, text: String, isRead: Bool) {
        #expect(((try? SearchParser.filter(text, vocabulary)) != nil) == isRead, "\(vocabulary.noun): \(text)")
    }

    @Test("An order is a field and a direction")
    func readsOrders() throws {
        #expect(
            try SearchParser.order(["metrics.acc DESC", "params.`lr rate`", "start_time asc"], .runs) == [
                SearchOrder(.init(.metric, "acc"), isAscending: false), SearchOrder(.init(.param, "lr rate")),
                SearchOrder(.init(.attribute, "start_time")),
            ]
        )
        for bad in ["", "bogus", "metrics.acc UP", "metrics.acc, start_time", "dataset.name", "metrics.acc DESC DESC"] {
            #expect(throws: SearchError.self, "\(bad)") { try SearchParser.order(bad, .runs) }
        }
        #expect(throws: SearchError.self) { try SearchParser.order(["start_time", "Created DESC"], .runs) }
    }

    @Test("A filter that is printed and read again is the same filter")
    func printsAndReads() throws {
        let seed: UInt64 = 20_130_401
        print("seed \(seed)")
        var generator = SeededBits(state: seed)
        for _ in 0..<2000 {
            let filter = SearchFilter(
                (0..<Int.random(in: 0...4, using: &generator)).map { _ in
                    Self.condition(&generator)
                }
            )
            let again = try SearchParser.filter(filter.description, .runs)
            #expect(again == filter, "\(filter)")
        }
    }

    @Test("Random texts are read or refused, never worse")
    func survivesRandomTexts() {
        let pieces = [
            "metrics.", "a", " ", "'", "\"", "`", ">", "=", "!", "AND", "IN", "(", ")", ",", "1", ".", "-", "é", "\0",
        ]
        var generator = SeededBits(state: 7)
        for _ in 0..<5000 {
            let text = (0..<Int.random(in: 0...12, using: &generator))
                .map { _ in pieces[Int.random(in: 0..<pieces.count, using: &generator)] }.joined()
            do throws(SearchError) {
                _ = try SearchParser.filter(text, .runs)
            } catch {
                #expect(!error.message.isEmpty)
            }
        }
    }

    private static func condition(_ generator: inout SeededBits) -> SearchCondition {
        let texts = ["", "x", "it's", "50%", "a`b", "\"q\"", "é \u{1F6A2}", "--", ";"]
        func text(_ generator: inout SeededBits) -> String { texts[Int.random(in: 0..<texts.count, using: &generator)] }
        let key = "k" + text(&generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0:
            let comparators = SearchComparator.allCases
            let comparator = comparators[Int.random(in: 0..<comparators.count, using: &generator)]
            let bits = UInt64.random(in: 0...UInt64.max, using: &generator)
            let value = Double(bitPattern: bits)
            return SearchCondition(.init(.metric, key), .number(comparator, value.isFinite ? value : 0))
        case 1: return SearchCondition(.init(.param, key), .equals(text(&generator)))
        case 2: return SearchCondition(.init(.tag, key), .like(text(&generator), ignoringCase: bits(&generator)))
        case 3: return SearchCondition(.init(.tag, key), bits(&generator) ? .isNull : .isNotNull)
        default:
            return SearchCondition(
                .init(.attribute, "run_id"),
                bits(&generator) ? .isIn([text(&generator), "b"]) : .isNotIn(["a"])
            )
        }
    }

    private static func bits(_ generator: inout SeededBits) -> Bool { generator.next() & 1 == 1 }
}

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators").
struct SeededBits: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
