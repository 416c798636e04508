package import SlipwayPolicy

/// Why something is no contract, or cannot be held against data.
package enum ContractError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Every mistake in the file, each at its place.
    case file(ManifestError)
    /// The contract has no table of that name, or several and nobody said which.
    case table(wanted: String?, known: [String])
    /// A document of another tool cannot be read.
    case foreign(reason: String)

    package var description: String {
        switch self {
        case .file(let error): error.description
        case .table(let wanted?, let known):
            "the contract has no table '\(wanted)': name one of \(known.joined(separator: ", ")) with --table"
        case .table(nil, let known):
            "the contract has several tables: name one of \(known.joined(separator: ", ")) with --table"
        case .foreign(let reason): reason
        }
    }
}

extension Contract {
    /// The table that data are held against: the one that is named, or the only one.
    package func table(named name: String?) throws(ContractError) -> ContractTable {
        let known = tables.map(\.name)
        guard let name else {
            guard tables.count == 1 else { throw .table(wanted: nil, known: known) }
            return tables[0]
        }
        guard let table = tables.first(where: { $0.name == name }) else { throw .table(wanted: name, known: known) }
        return table
    }
}
