// What may be asked of traces differs by field, and RLIKE comes in.
extension SearchParser {
    /// A condition on traces, after its field.
    mutating func traceCondition(_ field: SearchField, at start: Range<Int>) throws(SearchError) -> SearchCondition {
        let field = try traceField(field, at: start)
        if takeWord("IS") {
            let isNegated = takeWord("NOT")
            guard takeWord("NULL") else { throw expected("NULL after IS") }
            guard mayBeMissing(field) else {
                throw SearchError(
                    "IS NULL can be asked of tags, metadata, assessments and optional fields only",
                    at: start
                )
            }
            return SearchCondition(field, isNegated ? .isNotNull : .isNull)
        }
        return SearchCondition(field, try traceTest(field))
    }

    private func traceField(_ field: SearchField, at start: Range<Int>) throws(SearchError) -> SearchField {
        switch field.entity {
        case .span where field.key.hasPrefix("attributes."):
            let key = field.key.dropFirst("attributes.".count)
            guard !key.isEmpty else { throw SearchError("a key is missing after 'span.attributes.'", at: start) }
            return SearchField(.spanAttribute, String(key))
        case .span where !SearchVocabulary.spanKeys.contains(field.key):
            throw SearchError(
                "a span has name, type, status, content and attributes.KEY, not '\(field.key.prefix(200))'",
                at: start
            )
        case .issue where field.key != "id":
            throw SearchError("of an issue only issue.id can be asked, not '\(field.key.prefix(200))'", at: start)
        case .attribute where field.key == "text": return SearchField(.span, "content")
        default: return field
        }
    }

    private func mayBeMissing(_ field: SearchField) -> Bool {
        switch field.entity {
        case .tag, .metadata, .feedback, .expectation: true
        case .attribute: vocabulary.attribute(named: field.key)?.isOptional ?? false
        default: false
        }
    }

    private mutating func traceTest(_ field: SearchField) throws(SearchError) -> SearchTest {
        let attribute = field.entity == .attribute ? vocabulary.attribute(named: field.key) : nil
        switch field.entity {
        case .attribute where attribute?.isNumber == true: return try numberTest()
        case .attribute where field.key == "prompt":
            guard takeSign("=") else { throw expected("= after prompt") }
            let start = place
            let text = try text()
            guard text.count(where: { $0 == "/" }) == 1 else {
                throw SearchError("a prompt is written name/version, such as 'greeting/1'", at: start)
            }
            return .equals(text)
        case .issue:
            guard takeSign("=") else { throw expected("= after issue.id") }
            return .equals(try text())
        case .span where field.key == "content":
            if takeWord("LIKE") { return .like(try pattern(), ignoringCase: false) }
            if takeWord("ILIKE") { return .like(try pattern(), ignoringCase: true) }
            throw expected("LIKE or ILIKE: the text of spans can be searched by nothing else")
        case .feedback, .expectation:
            let isBySize = [">", ">=", "<", "<="].contains { next == .sign($0) }
            return isBySize ? try numberTest() : try traceTextTest(field, takesLists: false)
        case .span, .spanAttribute: return try traceTextTest(field, takesLists: true)
        default: return try traceTextTest(field, takesLists: attribute?.takesLists ?? false)
        }
    }

    private mutating func traceTextTest(_ field: SearchField, takesLists: Bool) throws(SearchError) -> SearchTest {
        if takeSign("=") { return .equals(try text()) }
        if takeSign("!=") { return .differs(try text()) }
        if takeWord("LIKE") { return .like(try pattern(), ignoringCase: false) }
        if takeWord("ILIKE") { return .like(try pattern(), ignoringCase: true) }
        if takeWord("RLIKE") {
            let start = place
            let pattern = try text()
            do throws(SearchError) {
                _ = try LinearPattern(pattern)
            } catch {
                throw SearchError(error.reason, at: start)
            }
            return .matches(pattern)
        }
        guard takesLists else { throw expected("=, !=, LIKE, ILIKE or RLIKE after \(field)") }
        if takeWord("IN") { return .isIn(try list()) }
        guard takeWord("NOT") else { throw expected("=, !=, LIKE, ILIKE, RLIKE, IN or NOT IN after \(field)") }
        guard takeWord("IN") else { throw expected("IN after NOT") }
        return .isNotIn(try list())
    }
}
