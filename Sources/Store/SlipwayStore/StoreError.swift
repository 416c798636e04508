/// What can go wrong in the store.
package enum StoreError: Error, Equatable, CustomStringConvertible {
    /// A UNIQUE, CHECK or FOREIGN KEY rule was broken.
    case constraint(String)
    /// The row changed since it was read.
    case conflict(String)
    /// The database is of a newer Slipway: the names of steps that this one does not know.
    case tooNew(unknown: [String])
    /// Another process holds the data folder.
    case inUse(String)
    /// No room left, or the disk failed.
    case unavailable(String)
    /// What was read is not what was written.
    case corrupt(String)

    package var description: String {
        switch self {
        case .constraint(let text): "the database refused it: \(text)"
        case .conflict(let text): "somebody else changed it meanwhile: \(text); read it again and retry"
        case .tooNew(let unknown):
            "this database was written by a newer Slipway (unknown migration \(unknown.joined(separator: ", "))): "
                + "start that version, or restore the backup made before its first start"
        case .inUse(let folder):
            "another slipway server already uses the data folder \(folder): stop it first, or choose another --data"
        case .unavailable(let text): "the database cannot be used now: \(text)"
        case .corrupt(let text): "the database holds something unreadable: \(text); restore a backup"
        }
    }
}
