// What may be asked of traces differs by field, and RLIKE comes in.
extension SearchParser {
    /// A condition on traces, after its field.
    mutating func traceCondition(_ field: SearchField) throws(SearchError) -> SearchCondition {
        let field = try traceField(field)
        if takeWord("IS") {
            let isNegated = takeWord("NOT")
            guard takeWord("NULL") else { throw SearchError("expected NULL after IS") }
            guard mayBeMissing(field) else {
                throw SearchError("IS NULL can be asked of tags, metadata, assessments, name, run_id and client_request_id")
            }
            return SearchCondition(field, isNegated ? .isNotNull : .isNull)
        }
        return SearchCondition(field, try traceTest(field))
    }

    private func traceField(_ field: SearchField) throws(SearchError) -> SearchField {
        switch field.entity {
        case .span where field.key.hasPrefix("attributes."):
            let key = field.key.dropFirst("attributes.".count)
            guard !key.isEmpty else { throw SearchError("a key is missing after 'span.attributes.'") }
            return SearchField(.spanAttribute, String(key))
        case .span where !SearchVocabulary.spanKeys.contains(field.key):
            throw SearchError(
                "a span has name, type, status, content and attributes.KEY, not '\(field.key.prefix(200))'"
            )
        case .issue where field.key != "id":
            throw SearchError("of an issue only issue.id can be asked, not '\(field.key.prefix(200))'")
        case .attribute where field.key == "text": return SearchField(.span, "content")
        default: return field
        }
    }

    private func mayBeMissing(_ field: SearchField) -> Bool {
        switch field.entity {
        case .tag, .metadata, .feedback, .expectation: true
        case .attribute: vocabulary.attributes[field.key]?.isOptional ?? false
        default: false
        }
    }

    private mutating func traceTest(_ field: SearchField) throws(SearchError) -> SearchTest {
        switch field.entity {
        case .attribute where vocabulary.attributes[field.key]?.isNumber == true: return try numberTest()
        case .attribute where field.key == "prompt":
            guard takeSign("=") else { throw SearchError("prompt can be compared by = only") }
            let text = try text()
            guard text.count(where: { $0 == "/" }) == 1 else {
                throw SearchError("a prompt is written name/version, such as 'greeting/1'")
            }
            return .equals(text)
        case .issue:
            guard takeSign("=") else { throw SearchError("issue.id can be compared by = only") }
            return .equals(try text())
        case .span where field.key == "content":
            if takeWord("LIKE") { return .like(try pattern(), ignoringCase: false) }
            if takeWord("ILIKE") { return .like(try pattern(), ignoringCase: true) }
            throw SearchError("the text of spans can be searched by LIKE and ILIKE")
        case .feedback, .expectation:
            for comparator in [SearchComparator.greater, .greaterOrEqual, .less, .lessOrEqual]
            where startsWith(comparator) {
                return try numberTest()
            }
            return try traceTextTest(field, takesLists: false)
        case .span, .spanAttribute: return try traceTextTest(field, takesLists: true)
        case .attribute:
            return try traceTextTest(field, takesLists: vocabulary.attributes[field.key]?.takesLists ?? false)
        default: return try traceTextTest(field, takesLists: false)
        }
    }

    private mutating func traceTextTest(
        _ field: SearchField,
        takesLists: Bool
    ) throws(SearchError) -> SearchTest {
        if takeSign("=") { return .equals(try text()) }
        if takeSign("!=") { return .differs(try text()) }
        if takeWord("LIKE") { return .like(try pattern(), ignoringCase: false) }
        if takeWord("ILIKE") { return .like(try pattern(), ignoringCase: true) }
        if takeWord("RLIKE") {
            let pattern = try text()
            _ = try LinearPattern(pattern)
            return .matches(pattern)
        }
        guard takesLists else { throw SearchError("'\(field)' can be compared by =, !=, LIKE, ILIKE and RLIKE") }
        if takeWord("IN") { return .isIn(try list()) }
        if takeWord("NOT"), takeWord("IN") { return .isNotIn(try list()) }
        throw SearchError("'\(field)' can be compared by =, !=, LIKE, ILIKE, RLIKE, IN and NOT IN")
    }
}
