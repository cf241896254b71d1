import Foundation
import PackagePlugin

/// Compiles `templates/` and `locales/` into the target that uses it, so that the binary needs nothing beside it.
@main
struct EmbedAssets: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let root = context.package.directoryURL
        let files = ["templates", "locales"].flatMap { folder -> [URL] in
            let url = root.appending(path: folder)
            let names = (try? FileManager.default.subpathsOfDirectory(atPath: url.path)) ?? []
            return names.filter { $0.hasSuffix(".mustache") || $0.hasSuffix(".yaml") }.sorted().map {
                url.appending(path: $0)
            }
        }
        let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedAssets.swift")
        return [
            .buildCommand(
                displayName: "Embedding templates and locales",
                executable: try context.tool(named: "AssetEmbedder").url,
                arguments: [output.path, root.path] + files.map(\.path),
                inputFiles: files,
                outputFiles: [output])
        ]
    }
}
