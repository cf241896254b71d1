/// Why a backup or a restore did not happen. Nothing was replaced.
package enum BackupError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file that would be written is there already.
    case exists(path: String)
    case missing(path: String)
    /// It is no database, is damaged, or was not made by Vigia.
    case unusable(path: String, reason: String)
    /// The file system refused.
    case unwritable(path: String, reason: String)

    package var description: String {
        switch self {
        case .exists(let path): "\(path) exists already"
        case .missing(let path): "\(path): no such file"
        case .unusable(let path, let reason): "\(path) cannot be used: \(reason)"
        case .unwritable(let path, let reason): "cannot write \(path): \(reason)"
        }
    }
}
