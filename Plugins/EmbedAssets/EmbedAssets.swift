import Foundation
import PackagePlugin

/// Compiles files into the target that uses it, so that the binary needs nothing beside it: `lexicons/` into `Sentiment`,
/// `templates/` and `locales/` into any other.
@main
struct EmbedAssets: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let root = context.package.directoryURL
        let holdsWords = target.name == "Sentiment"
        let folders = holdsWords ? ["lexicons"] : ["templates", "locales"]
        let files = folders.flatMap { folder -> [URL] in
            let url = root.appending(path: folder)
            let names = (try? FileManager.default.subpathsOfDirectory(atPath: url.path)) ?? []
            return names.filter { name in
                [".mustache", ".yaml", ".sentences", ".lexicon"].contains { name.hasSuffix($0) }
            }.sorted()
                .map { url.appending(path: $0) }
        }
        let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedAssets.swift")
        return [
            .buildCommand(
                displayName: "Embedding \(folders.joined(separator: " and "))",
                executable: try context.tool(named: "AssetEmbedder").url,
                arguments: [output.path, root.path, holdsWords ? "internal" : "package"] + files.map(\.path),
                inputFiles: files,
                outputFiles: [output])
        ]
    }
}
