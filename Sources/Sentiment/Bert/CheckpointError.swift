/// Why a checkpoint folder cannot be used. The text is for the operator and names the file.
package enum CheckpointError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file cannot be opened or read.
    case unreadable(file: String, reason: String)
    /// The file is not what its format demands.
    case malformed(file: String, reason: String)
    /// The file is well formed, but not of a kind that is built here.
    case unsupported(file: String, reason: String)

    package var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file) cannot be read: \(reason)"
        case .malformed(let file, let reason): "\(file) is damaged: \(reason)"
        case .unsupported(let file, let reason): "\(file) is not supported: \(reason)"
        }
    }
}
