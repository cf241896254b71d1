/// Every rule of a store, a page at a time: the next is read while one is looked at, so that a start with a million rules
/// holds only two pages.
package struct RulePages: Sendable {
    package typealias Page = @Sendable () async throws -> [Rule]

    private let store: any RuleStore
    private let read: @Sendable (Page) async throws -> [Rule]

    /// - Parameter read: runs a read of the store, again where that fails and is to be tried again.
    package init(
        store: any RuleStore, read: @escaping @Sendable (Page) async throws -> [Rule] = { try await $0() }
    ) {
        self.store = store
        self.read = read
    }

    package func forEach(_ body: (Rule) -> Void) async throws {
        var page = try await rules(after: nil)
        while let last = page.last {
            let isLast = page.count < RulePages.size
            async let next = isLast ? [] : rules(after: last.id)
            for rule in page { body(rule) }
            page = try await next
        }
    }

    private static let size = 20_000

    private func rules(after id: RuleID?) async throws -> [Rule] {
        let store = store
        return try await read { try await store.rules(after: id, limit: RulePages.size) }
    }
}
