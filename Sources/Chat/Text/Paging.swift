import Messages

/// One page of a list, and the buttons to its neighbours.
struct Paging {
    let page: Int
    let pageCount: Int
    let range: Range<Int>
    private let command: String

    /// `wanted` counts from 1; what lies outside becomes the nearest page.
    init(count: Int, size: Int, wanted: Int?, command: String) {
        pageCount = max(1, (count + size - 1) / size)
        page = min(max(wanted ?? 1, 1), pageCount)
        range = min((page - 1) * size, count)..<min(page * size, count)
        self.command = command
    }

    var buttons: [ContentButton] {
        var buttons: [ContentButton] = []
        if page > 1 { buttons.append(ContentButton(.text("◀ \(page - 1)"), "\(command) \(page - 1) !")) }
        if page < pageCount { buttons.append(ContentButton(.text("\(page + 1) ▶"), "\(command) \(page + 1) !")) }
        return buttons
    }

    var values: [String: ContentValue] {
        pageCount > 1 ? ["page": .count(page), "pages": .count(pageCount), "is_paged": .flag(true)] : [:]
    }
}
