package import Foundation
package import Market

/// Trained models as files: `1h/000001.json` and so on, and `1h/current` with the number of the one in use.
///
/// A file is written beside its name and then renamed, so that a reader sees the old or the new one, never a half.
/// Versions are kept; one that turns out worse is rolled back.
package struct ModelStore: Sendable {
    package enum Failure: Error, Hashable, Sendable {
        /// The folder cannot be written.
        case unwritable(String)
        case noSuchVersion(Int)
    }

    package let folder: URL

    package init(folder: URL) { self.folder = folder }

    /// Numbers of the versions of a horizon, rising.
    package func versions(_ horizon: Timeframe) -> [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: place(horizon).path)) ?? []
        return names.compactMap { $0.hasSuffix(".json") ? Int($0.dropLast(5)) : nil }.sorted()
    }

    package func model(_ version: Int, _ horizon: Timeframe) -> TrainedModel? {
        guard let data = try? Data(contentsOf: file(version, horizon)) else { return nil }
        return try? JSONDecoder().decode(TrainedModel.self, from: data)
    }

    /// The version in use; `nil` before the first, or if its file cannot be read.
    package func current(_ horizon: Timeframe) -> (version: Int, model: TrainedModel)? {
        guard let text = try? String(contentsOf: pointer(horizon), encoding: .utf8),
            let version = Int(text.filter { !$0.isWhitespace }), let model = model(version, horizon)
        else { return nil }
        return (version, model)
    }

    /// Keeps a model as a new version, not yet in use. Returns its number.
    package func save(_ model: TrainedModel) throws(Failure) -> Int {
        let version = (versions(model.horizon).last ?? 0) + 1
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        guard let data = try? encoder.encode(model) else { throw .unwritable(file(version, model.horizon).path) }
        try write(data, to: file(version, model.horizon))
        return version
    }

    /// Puts a version to use.
    package func adopt(_ version: Int, _ horizon: Timeframe) throws(Failure) {
        guard model(version, horizon) != nil else { throw .noSuchVersion(version) }
        try write(Data("\(version)\n".utf8), to: pointer(horizon))
    }

    /// Goes back to the version before the one in use. Returns its number, `nil` where there is none.
    package func rollBack(_ horizon: Timeframe) throws(Failure) -> Int? {
        guard let current = current(horizon)?.version,
            let before = versions(horizon).last(where: { $0 < current && model($0, horizon) != nil })
        else { return nil }
        try adopt(before, horizon)
        return before
    }

    /// Keeps a model and puts it to use, unless its method scored worse than that of the one in use by more than half a
    /// point of skill.
    package func offer(_ model: TrainedModel) throws(Failure) -> (version: Int, isAdopted: Bool) {
        let before = current(model.horizon)?.model
        let version = try save(model)
        if let before, model.scores.skill < before.scores.skill - 0.005 { return (version, false) }
        try adopt(version, model.horizon)
        return (version, true)
    }

    private func place(_ horizon: Timeframe) -> URL { folder.appending(path: horizon.rawValue) }
    private func pointer(_ horizon: Timeframe) -> URL { place(horizon).appending(path: "current") }
    private func file(_ version: Int, _ horizon: Timeframe) -> URL {
        let digits = "\(version)"
        let name = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
        return place(horizon).appending(path: "\(name).json")
    }

    private func write(_ data: Data, to file: URL) throws(Failure) {
        do {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try data.write(to: file, options: .atomic)
        } catch { throw .unwritable(file.path) }
    }
}
