/// Menus that change while the agent runs, such as that of somebody who became an operator. A hundred may wait; when there
/// are more the oldest goes, and the next start registers it.
package final class TelegramMenus: Sendable {
    let menus: AsyncStream<TelegramCommandList>
    private let queue: AsyncStream<TelegramCommandList>.Continuation

    package init() {
        (menus, queue) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(100))
    }

    package func add(_ menu: TelegramCommandList) { queue.yield(menu) }
}
