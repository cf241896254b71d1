import Foundation

// Usage: AssetEmbedder OUTPUT ROOT ACCESS FILE…
// Writes one Swift source file that holds the text of every FILE under its path relative to ROOT; ACCESS is `package` or
// `internal`.

let arguments = CommandLine.arguments
guard arguments.count >= 4 else {
    FileHandle.standardError.write(Data("usage: AssetEmbedder OUTPUT ROOT ACCESS FILE…\n".utf8))
    exit(2)
}
let access = arguments[3]
let root = URL(fileURLWithPath: arguments[2]).standardizedFileURL.path + "/"
var source = """
    /// Text of embedded files, by their path in the package; made at build time.
    \(access) enum EmbeddedAssets {
        \(access) static let files: [String: String] = [

    """
for file in arguments.dropFirst(4).sorted() {
    let path = URL(fileURLWithPath: file).standardizedFileURL.path
    let name = path.hasPrefix(root) ? String(path.dropFirst(root.count)) : path
    let text = try String(contentsOfFile: path, encoding: .utf8)
    source += "        \(name.debugDescription): \(text.debugDescription),\n"
}
source += "    ]\n}\n"
try source.write(toFile: arguments[1], atomically: true, encoding: .utf8)
