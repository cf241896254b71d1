/// What can be wrong with a database beyond the engine's own errors.
package enum StorageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file holds a migration that this version does not know.
    case madeByNewerVersion(migration: String)
    /// `DATABASE_URL` names no engine of this build.
    case unsupported(url: String)
    /// The file cannot be opened or is no database.
    case unreadable(path: String, reason: String)
    /// Our own mistake in speaking to the engine.
    case misused(String)
    /// A stored value that this version cannot read.
    case corrupt(String)
    /// Sealed under another secret than the one in force.
    case wrongKey
    /// Contact data is asked for where no secret was given.
    case noKey

    package var description: String {
        switch self {
        case .madeByNewerVersion(let migration):
            "the database was made by a newer version (migration \(migration) is unknown here)"
        case .unsupported(let url): "no database of the form sqlite:PATH: \(url.prefix { $0 != ":" }):…"
        case .unreadable(let path, let reason): "cannot open the database \(path): \(reason)"
        case .misused(let how): "the database was misused: \(how)"
        case .corrupt(let what): "the database holds a value that cannot be read: \(what)"
        case .wrongKey:
            "the contact data of this database was sealed with another key; give it the key file that stood beside it"
        case .noKey: "contact data needs a secret key, and none was given"
        }
    }
}
