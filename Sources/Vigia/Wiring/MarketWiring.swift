import Collectors
import Decisions
import Delivery
import Foundation
import Logging
import Market
import ServiceLifecycle
import Storage

/// From venues to decisions: collectors, feed, board, watch.
struct MarketWiring {
    let board: MarketBoard
    let watch: MarketWatch
    let demand: Demand
    let venue: Venue
    let symbols: any SymbolResolving
    let services: [any Service]
}

/// Symbols for rules and for people, from the one directory.
struct DirectorySymbols: SymbolResolving {
    let directory: SymbolDirectory

    func symbol(named text: String) -> Symbol? {
        if case .symbol(let symbol) = directory.resolve(text) { symbol } else { nil }
    }

    func nearest(to text: String) -> [String] {
        if case .unknown(let nearest) = directory.resolve(text) { nearest.map(\.description) } else { [] }
    }
}
