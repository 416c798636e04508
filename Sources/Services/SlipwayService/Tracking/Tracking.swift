internal import SlipwayDomain
package import SlipwayStore

/// Experiments, runs and logged models: what training code writes, and how it is read back.
package struct Tracking: StoreBacked, Sendable {
    let database: any SQLDatabase
    let runtime: Runtime

    package init(database: any SQLDatabase, runtime: Runtime) {
        self.database = database
        self.runtime = runtime
    }

    static func filter(_ text: String, _ vocabulary: SearchVocabulary) throws(ServiceError) -> SearchFilter {
        do throws(SearchError) {
            return try SearchParser.filter(text, vocabulary)
        } catch {
            throw .invalid(error.message)
        }
    }

    static func order(_ items: [String], _ vocabulary: SearchVocabulary) throws(ServiceError) -> [SearchOrder] {
        do throws(SearchError) {
            return try SearchParser.order(items, vocabulary)
        } catch {
            throw .invalid(error.message)
        }
    }

    /// One item of an order whose direction is told apart from it.
    static func order(
        _ field: String,
        _ vocabulary: SearchVocabulary,
        isAscending: Bool
    ) throws(ServiceError) -> SearchOrder {
        do throws(SearchError) {
            return SearchOrder(try SearchParser.field(field, vocabulary), isAscending: isAscending)
        } catch {
            throw .invalid(error.message)
        }
    }

    /// One page and whether more follows.
    static func page<Item: Sendable>(_ items: [Item], limit: Int64) -> Page<Item> {
        Page(items: Array(items.prefix(Int(limit))), hasMore: items.count > Int(limit))
    }
}

/// One page of a search.
package struct Page<Item: Sendable>: Sendable {
    package let items: [Item]
    /// Whether another page follows.
    package let hasMore: Bool

    package init(items: [Item], hasMore: Bool) {
        self.items = items
        self.hasMore = hasMore
    }
}
