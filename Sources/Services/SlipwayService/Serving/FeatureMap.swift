internal import SlipwayDomain

/// How the columns of a model's input tensors are called, so that live traffic can be compared with a table.
///
/// A model file names them in its metadata: `slipway.features` is a JSON list of names for the columns of its only
/// input, `slipway.categories` maps a name to the list of categories that its integer codes stand for. Without that,
/// the columns are called by the input's name and number, e.g. `input.3`.
package struct FeatureMap: Sendable, Equatable {
    /// One named column of one input.
    package struct Feature: Sendable, Equatable {
        package let name: String
        /// Categories by code, or nil when the column is a plain number or text.
        package let categories: [String]?
    }

    /// For each input of the model, its columns.
    package let columns: [[Feature]]
    private let places: [String: Place]

    /// Where a named column stands.
    struct Place: Sendable, Equatable {
        let input: Int
        let column: Int
    }

    /// Where the column called `name` stands, or nil.
    func place(of name: String) -> Place? { places[name] }

    package init(inputs: [TensorSignature], metadata: [String: String]) {
        let names = Self.list(metadata["slipway.features"])
        let categories = Self.object(metadata["slipway.categories"])
        columns = inputs.map { input in
            let width = input.shape.count >= 2 ? max(1, input.shape[input.shape.count - 1]) : 1
            return (0..<width).map { index in
                let name: String
                if inputs.count == 1, names.count == width {
                    name = names[index]
                } else {
                    name = width == 1 ? input.name : "\(input.name).\(index)"
                }
                return Feature(name: name, categories: categories[name])
            }
        }
        var places: [String: Place] = [:]
        for (input, features) in columns.enumerated() {
            for (column, feature) in features.enumerated() where places[feature.name] == nil {
                places[feature.name] = Place(input: input, column: column)
            }
        }
        self.places = places
    }

    private static func list(_ text: String?) -> [String] {
        guard let text, let value = try? JSONValue(parsing: Array(text.utf8)) else { return [] }
        return (value.array ?? []).compactMap(\.string)
    }

    private static func object(_ text: String?) -> [String: [String]] {
        // Metadata that is not ours to understand is ignored: it only names columns.
        guard let text, let value = try? JSONValue(parsing: Array(text.utf8)), let members = value.object else {
            return [:]
        }
        return members.mapValues { ($0.array ?? []).compactMap(\.string) }
    }
}
