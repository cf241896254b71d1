import Foundation
import FoundationXML
import Market

/// An entry of a feed.
struct FeedEntry: Hashable, Sendable {
    var title = ""
    var link = ""
    var id = ""
    var summary = ""
    /// As it is written.
    var date = ""
}

/// Reads RSS 0.9 to 2.0, RDF and Atom as they are found in the wild: items outside their channel, several links in one
/// item, undeclared prefixes. What follows a break in the XML is lost, what stood before it is kept. External entities
/// are never loaded.
final class FeedReader: NSObject, XMLParserDelegate {
    private var entries: [FeedEntry] = []
    private var entry: FeedEntry?
    /// Elements inside the entry, outermost first.
    private var path: [String] = []
    private var text = ""
    private let limit: Int

    private init(limit: Int) { self.limit = limit }

    /// Throws when there is neither an entry nor sound XML.
    static func read(_ body: [UInt8], limit: Int = MediaLimits.entries) throws(FrameFault) -> [FeedEntry] {
        let reader = FeedReader(limit: limit)
        let parser = XMLParser(data: Data(body))
        parser.shouldResolveExternalEntities = false
        parser.delegate = reader
        let isSound = parser.parse()
        guard isSound || !reader.entries.isEmpty else { throw FrameFault("not_xml") }
        guard reader.hasFeed || !reader.entries.isEmpty else { throw FrameFault("no_feed") }
        return reader.entries
    }

    private var hasFeed = false

    func parser(
        _ parser: XMLParser, didStartElement element: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        let name = element.lowercased()
        if ["rss", "rdf:rdf", "feed", "channel"].contains(name) { hasFeed = true }
        if name == "item" || name == "entry" {
            entry = FeedEntry()
            path = []
            return
        }
        guard entry != nil else { return }
        path.append(name)
        if path.count == 1 { text = "" }
        // Atom's link is an attribute; that of the page is the one without a relation, or the alternate one.
        if name == "link", let address = attributes["href"], ["alternate", nil].contains(attributes["rel"]),
            entry?.link.isEmpty == true
        {
            entry?.link = address
        }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        if !path.isEmpty, text.utf8.count < 100_000 { text += string }
    }

    func parser(_ parser: XMLParser, foundCDATA block: Data) {
        self.parser(parser, foundCharacters: String(decoding: block, as: UTF8.self))
    }

    func parser(
        _ parser: XMLParser, didEndElement element: String, namespaceURI: String?, qualifiedName: String?
    ) {
        let name = element.lowercased()
        if name == "item" || name == "entry" {
            if let entry { entries.append(entry) }
            entry = nil
            if entries.count >= limit { parser.abortParsing() }
            return
        }
        guard entry != nil, !path.isEmpty else { return }
        path.removeLast()
        guard path.isEmpty else { return }
        let value = text.trimmed
        if value.isEmpty { return }
        switch name {
        case "title": entry?.title = value
        case "link": if entry?.link.isEmpty == true { entry?.link = value }
        case "guid", "id": entry?.id = value
        case "description", "summary": entry?.summary = value
        case "pubdate", "published", "dc:date": entry?.date = value
        case "updated": if entry?.date.isEmpty == true { entry?.date = value }
        default: break
        }
    }
}
