package import Foundation

/// Files that only their owner may read, put in place in one step: a reader sees the old file or the whole new one.
package enum PrivateFile {
    /// Makes an empty file of mode 0600 that was not there.
    static func create(_ path: String) throws(BackupError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BackupError.unwritable(path: path, reason: reason()) }
        // The mask of the process may have taken more away, never less.
        fchmod(descriptor, 0o600)
        close(descriptor)
    }

    /// Writes `bytes` to a file that must not exist.
    package static func write(_ bytes: Data, to path: String) throws(BackupError) {
        let part = temporaryName(for: path)
        try create(part)
        do {
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: part))
            try handle.write(contentsOf: bytes)
            try handle.close()
        } catch {
            unlink(part)
            throw BackupError.unwritable(path: path, reason: "\(error)")
        }
        try place(part, as: path)
    }

    /// A name in the same folder that nothing else has.
    static func temporaryName(for path: String) -> String { "\(path).part-\(UUID().uuidString.prefix(8))" }

    /// Gives the finished file its name, unless that is taken. The temporary name is gone afterwards either way.
    static func place(_ part: String, as path: String) throws(BackupError) {
        defer { unlink(part) }
        try synchronize(part)
        // A link refuses a taken name, which a rename would replace.
        guard link(part, path) == 0 else {
            if errno == EEXIST { throw BackupError.exists(path: path) }
            // File systems without links: the look before the rename is all there is.
            guard errno == EPERM || errno == ENOTSUP || errno == ENOSYS || errno == EMLINK else {
                throw BackupError.unwritable(path: path, reason: reason())
            }
            guard access(path, F_OK) != 0 else { throw BackupError.exists(path: path) }
            guard rename(part, path) == 0 else { throw BackupError.unwritable(path: path, reason: reason()) }
            return try synchronizeFolder(of: path)
        }
        try synchronizeFolder(of: path)
    }

    /// Puts the finished file where another one may be.
    static func replace(_ path: String, with part: String) throws(BackupError) {
        try synchronize(part)
        guard rename(part, path) == 0 else {
            let reason = reason()
            unlink(part)
            throw BackupError.unwritable(path: path, reason: reason)
        }
        try synchronizeFolder(of: path)
    }

    static func size(of path: String) -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    private static func synchronize(_ path: String) throws(BackupError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BackupError.unwritable(path: path, reason: reason()) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw BackupError.unwritable(path: path, reason: reason()) }
    }

    private static func synchronizeFolder(of path: String) throws(BackupError) {
        let folder = (path as NSString).deletingLastPathComponent
        try synchronize(folder.isEmpty ? "." : folder)
    }

    static func reason() -> String { String(cString: strerror(errno)) }
}
