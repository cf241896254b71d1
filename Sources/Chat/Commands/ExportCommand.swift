import Messages
import People

/// Everything stored about the asker, as JSON. Long ones are cut into blocks at line ends; a channel cuts further where its
/// own limit asks for it.
struct ExportCommand: Command {
    /// UTF-8 bytes: below Telegram's 4,096 UTF-16 units with room for the tags.
    private static let blockSize = 3_500

    let name = "export"

    func scene(of invocation: Invocation) -> CommandScene { .privateOnly }

    func run(_ context: CommandContext) throws -> Reply {
        let document = try context.session.export(context.subject.id)
        return Reply(
            Content(
                "export",
                ["blocks": .list(ExportCommand.blocks(of: document).map { ["text": .text($0)] })])
        ).confidential
    }

    static func blocks(of document: String, size: Int = blockSize) -> [String] {
        var blocks: [String] = []
        var current = ""
        for line in document.split(separator: "\n", omittingEmptySubsequences: true) {
            if !current.isEmpty, current.utf8.count + line.utf8.count + 1 > size {
                blocks.append(current)
                current = ""
            }
            // One line may be the whole document.
            var rest = line
            while rest.utf8.count > size {
                let piece = rest.prefix(size / 4)
                blocks.append(String(piece))
                rest = rest.dropFirst(piece.count)
            }
            if !current.isEmpty { current += "\n" }
            current += rest
        }
        if !current.isEmpty { blocks.append(current) }
        return blocks
    }
}
