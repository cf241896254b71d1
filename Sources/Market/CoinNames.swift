/// What people call the common coins in words, in lower case, and the ticker that venues list them under.
package enum CoinNames {
    package static let tickers: [String: String] = [
        "aave": "AAVE", "algorand": "ALGO", "apecoin": "APE", "aptos": "APT", "arbitrum": "ARB", "arweave": "AR",
        "avalanche": "AVAX", "binance coin": "BNB", "bitcoin": "BTC", "bitcoin cash": "BCH", "bittensor": "TAO",
        "bonk": "BONK", "cardano": "ADA", "celestia": "TIA", "chainlink": "LINK", "chiliz": "CHZ", "compound": "COMP",
        "cosmos": "ATOM", "curve": "CRV", "decentraland": "MANA", "dogecoin": "DOGE", "dydx": "DYDX", "elrond": "EGLD",
        "eos": "EOS", "ether": "ETH", "ethereum": "ETH", "ethereum classic": "ETC", "fantom": "FTM", "filecoin": "FIL",
        "flow": "FLOW", "gala": "GALA", "hedera": "HBAR", "immutable": "IMX", "injective": "INJ",
        "internet computer": "ICP", "iota": "IOTA", "jupiter": "JUP", "kaspa": "KAS", "kusama": "KSM",
        "lido": "LDO", "litecoin": "LTC", "maker": "MKR", "monero": "XMR", "near protocol": "NEAR", "neo": "NEO",
        "optimism": "OP", "pepe": "PEPE", "polkadot": "DOT", "polygon": "POL", "quant": "QNT", "render": "RENDER",
        "ripple": "XRP", "sandbox": "SAND", "sei": "SEI", "shiba": "SHIB", "shiba inu": "SHIB", "solana": "SOL",
        "stacks": "STX", "stellar": "XLM", "sui": "SUI", "tezos": "XTZ", "the graph": "GRT", "theta": "THETA",
        "thorchain": "RUNE", "toncoin": "TON", "tron": "TRX", "uniswap": "UNI", "vechain": "VET", "worldcoin": "WLD",
        "zcash": "ZEC",
    ]
}
