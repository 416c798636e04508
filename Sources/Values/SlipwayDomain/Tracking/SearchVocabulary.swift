/// Which entities and attributes one kind of search knows.
package struct SearchVocabulary: Sendable {
    /// One attribute and what may be asked of it.
    package struct Attribute: Sendable {
        package let name: String
        package let isNumber: Bool
        package let takesLists: Bool
        /// Whether a filter may name it; some attributes are there to order by only.
        package let isFilterable: Bool
        package let isOrderable: Bool
        /// Whether it may be missing, so that IS NULL can be asked of it.
        package let isOptional: Bool

        package init(
            _ name: String,
            isNumber: Bool = false,
            takesLists: Bool = false,
            isFilterable: Bool = true,
            isOrderable: Bool = true,
            isOptional: Bool = false
        ) {
            self.name = name
            self.isNumber = isNumber
            self.takesLists = takesLists
            self.isFilterable = isFilterable
            self.isOrderable = isOrderable
            self.isOptional = isOptional
        }
    }

    /// What is searched, in the plural, for messages.
    package let noun: String
    /// A field that this search knows, for messages.
    package let example: String
    /// The words before the dot; case matters.
    package let entities: [String: SearchEntity]
    /// The spellings of each attribute.
    package let attributes: [String: Attribute]
    /// What an order may name.
    package let orders: Set<SearchEntity>
    /// What can be asked whether it is there, by IS NULL.
    package let missing: Set<SearchEntity>
    /// What can be compared with a list, attributes aside.
    package let lists: Set<SearchEntity>
    /// Whether this is the language of traces, which has fields and tests of its own.
    package let isOfTraces: Bool
    private let named: [String: Attribute]

    package init(
        noun: String,
        example: String,
        entities: [String: SearchEntity],
        attributes: [(spellings: [String], attribute: Attribute)],
        orders: Set<SearchEntity> = [.attribute],
        missing: Set<SearchEntity> = [],
        lists: Set<SearchEntity> = [],
        isOfTraces: Bool = false
    ) {
        self.noun = noun
        self.example = example
        self.entities = entities
        self.orders = orders
        self.missing = missing
        self.lists = lists
        self.isOfTraces = isOfTraces
        var table: [String: Attribute] = [:]
        var named: [String: Attribute] = [:]
        for (spellings, attribute) in attributes {
            named[attribute.name] = attribute
            for spelling in spellings { table[spelling] = attribute }
        }
        self.attributes = table
        self.named = named
    }

    /// The attribute by its canonical name.
    func attribute(named name: String) -> Attribute? { named[name] }

    /// What can be asked of a data set.
    static let datasetKeys = ["name", "digest", "context"]
}
