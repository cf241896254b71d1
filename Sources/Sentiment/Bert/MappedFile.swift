import Foundation

/// A file seen as memory: pages are read when they are touched and cost no second copy. The file must not be cut short
/// while it is mapped; replace it by a new one instead.
final class MappedFile: @unchecked Sendable {
    // Never written after `init`, and the mapping is read-only.
    let bytes: UnsafeRawBufferPointer

    init(path: String, name: String) throws(CheckpointError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(file: name, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .unreadable(file: name, reason: String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unreadable(file: name, reason: "not a plain file") }
        let size = Int(status.st_size)
        guard size > 0 else { throw .malformed(file: name, reason: "it is empty") }
        guard let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
            throw .unreadable(file: name, reason: String(cString: strerror(errno)))
        }
        bytes = UnsafeRawBufferPointer(start: address, count: size)
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }
}
