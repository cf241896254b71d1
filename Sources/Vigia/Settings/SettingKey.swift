/// Every setting of the product (SPEC section 3): its name in the environment, what it accepts and its default.
/// In `vigia.yaml` a key is the same name in lower case.
struct SettingKey: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case text
        case choice([String])
        case symbols
        case asset
        /// Whole number in a range.
        case count(ClosedRange<Int>)
        /// Fraction in a range.
        case fraction(ClosedRange<Double>)
        /// `2%` or `0.5%`.
        case percent
        /// `2s`, `1m`, `4h`, `400d`.
        case span
        /// `30/1s` or `off`.
        case rate
        /// An absolute URL with one of the schemes; `http` and `ws` only for a loopback host.
        case url(schemes: [String])
        case database
        /// `host:port` or `off`.
        case bind
        case identities
        case timeframes
        case weights
        case prefixes
        /// A phone number in E.164.
        case phone
    }

    let name: String
    let kind: Kind
    /// As it would be written; `nil` means the setting has none.
    let fallback: String?
    var isSecret = false

    var fileKey: String { name.lowercased() }

    /// What a value must look like, for the one-line error.
    var accepted: String {
        switch kind {
        case .text: "text"
        case .choice(let values): values.joined(separator: " | ")
        case .symbols: "symbols such as BTC,ETH/BTC"
        case .asset: "an asset such as USDT"
        case .count(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .fraction(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .percent: "a percentage such as 0.5%"
        case .span: "a length of time such as 30s, 10m, 4h or 400d"
        case .rate: "a rate such as 30/1s, or off"
        case .url(let schemes):
            "a URL that starts with \(schemes.map { "\($0)://" }.joined(separator: " or ")) (unencrypted only for a loopback host)"
        case .database: "sqlite:PATH or postgres://…"
        case .bind: "host:port, or off"
        case .identities: "telegram:ID or discord:ID, comma separated"
        case .timeframes: "timeframes such as 1h,4h,1d,1w"
        case .weights: "weights such as linear=1,trees=1"
        case .prefixes: "country prefixes such as +34,+351"
        case .phone: "a phone number with its country prefix such as +34600111222"
        }
    }

    private static let web = Kind.url(schemes: ["https", "http"])
    private static let socket = Kind.url(schemes: ["wss", "ws"])

    static let all: [SettingKey] = [
        .init(name: "DATABASE_URL", kind: .database, fallback: "sqlite:vigia.sqlite"),
        .init(name: "DEFAULT_SYMBOLS", kind: .symbols, fallback: "BTC,ETH,ADA,SOL,AVAX"),
        .init(name: "QUOTE_ASSET", kind: .asset, fallback: "USDT"),
        .init(name: "VIGIA_MAX_SYMBOLS", kind: .count(1...5000), fallback: "500"),
        .init(name: "MIN_CONFIDENCE_THRESHOLD", kind: .fraction(0...1), fallback: "0.6"),
        .init(name: "MAX_RISK_LEVEL", kind: .fraction(0...1), fallback: "0.3"),
        .init(name: "POSITION_SIZE_PERCENTAGE", kind: .fraction(0...1), fallback: "0.02"),
        .init(name: "MODEL_UPDATE_INTERVAL", kind: .count(60...31_536_000), fallback: "3600"),
        .init(name: "PREDICTION_TIMEFRAMES", kind: .timeframes, fallback: "1h,4h,1d,1w"),
        .init(name: "ENSEMBLE_PRIOR", kind: .weights, fallback: "linear=1,trees=1,lstm=1"),
        .init(name: "FINBERT_PATH", kind: .text, fallback: nil),
        .init(name: "TELEGRAM_BOT_TOKEN", kind: .text, fallback: nil, isSecret: true),
        .init(name: "TELEGRAM_API_URL", kind: web, fallback: "https://api.telegram.org"),
        .init(name: "TELEGRAM_MODE", kind: .choice(["polling", "webhook"]), fallback: "polling"),
        .init(name: "TELEGRAM_CHAT_ID", kind: .text, fallback: nil),
        .init(name: "TELEGRAM_WEBHOOK_SECRET", kind: .text, fallback: nil, isSecret: true),
        .init(name: "DISCORD_BOT_TOKEN", kind: .text, fallback: nil, isSecret: true),
        .init(name: "DISCORD_APPLICATION_ID", kind: .text, fallback: nil),
        .init(name: "DISCORD_PUBLIC_KEY", kind: .text, fallback: nil),
        .init(name: "DISCORD_API_URL", kind: web, fallback: "https://discord.com/api/v10"),
        .init(name: "DISCORD_MODE", kind: .choice(["gateway", "webhook"]), fallback: "gateway"),
        .init(name: "DISCORD_WEBHOOK_URL", kind: web, fallback: nil, isSecret: true),
        .init(name: "SMTP_SERVER", kind: .text, fallback: nil),
        .init(name: "SMTP_PORT", kind: .count(1...65_535), fallback: "587"),
        .init(name: "SMTP_USERNAME", kind: .text, fallback: nil),
        .init(name: "SMTP_PASSWORD", kind: .text, fallback: nil, isSecret: true),
        .init(name: "SMTP_FROM", kind: .text, fallback: nil),
        .init(name: "SMTP_SECURITY", kind: .choice(["starttls", "tls", "none"]), fallback: "starttls"),
        .init(name: "VIGIA_CA_FILE", kind: .text, fallback: nil),
        .init(name: "TWILIO_ACCOUNT_SID", kind: .text, fallback: nil),
        .init(name: "TWILIO_AUTH_TOKEN", kind: .text, fallback: nil, isSecret: true),
        .init(name: "TWILIO_PHONE_NUMBER", kind: .text, fallback: nil),
        .init(name: "TWILIO_API_URL", kind: web, fallback: "https://api.twilio.com"),
        .init(name: "ALERT_PHONE_NUMBER", kind: .phone, fallback: nil),
        .init(name: "SMS_ACCESS", kind: .choice(["operators", "invited"]), fallback: "operators"),
        .init(name: "SMS_ALLOWED_PREFIXES", kind: .prefixes, fallback: nil),
        .init(name: "SMS_DAILY_CAP", kind: .count(0...1_000_000), fallback: "20"),
        .init(name: "SMS_MONTHLY_CAP", kind: .count(0...10_000_000), fallback: "200"),
        .init(name: "BINANCE_API_URL", kind: web, fallback: "https://api.binance.com"),
        .init(name: "BINANCE_WS_URL", kind: socket, fallback: "wss://stream.binance.com:9443"),
        .init(name: "BINANCE_API_KEY", kind: .text, fallback: nil, isSecret: true),
        .init(name: "COINBASE_API_URL", kind: web, fallback: "https://api.exchange.coinbase.com"),
        .init(name: "COINBASE_WS_URL", kind: socket, fallback: "wss://ws-feed.exchange.coinbase.com"),
        .init(name: "NEWS_API_KEY", kind: .text, fallback: nil, isSecret: true),
        .init(name: "NEWS_API_URL", kind: web, fallback: "https://newsapi.org"),
        .init(name: "COINDESK_RSS_URL", kind: web, fallback: "https://www.coindesk.com/arc/outboundfeeds/rss/"),
        .init(name: "TWITTER_BEARER_TOKEN", kind: .text, fallback: nil, isSecret: true),
        .init(name: "TWITTER_API_URL", kind: web, fallback: "https://api.x.com"),
        .init(name: "REDDIT_API_URL", kind: web, fallback: "https://www.reddit.com"),
        .init(name: "REDDIT_CLIENT_ID", kind: .text, fallback: nil),
        .init(name: "REDDIT_CLIENT_SECRET", kind: .text, fallback: nil, isSecret: true),
        .init(name: "COINMARKETCAP_API_KEY", kind: .text, fallback: nil, isSecret: true),
        .init(name: "COINMARKETCAP_API_URL", kind: web, fallback: "https://pro-api.coinmarketcap.com"),
        .init(name: "ONCHAIN_API_URL", kind: web, fallback: "https://mempool.space"),
        .init(name: "ADDRESSES_API_URL", kind: web, fallback: "https://api.blockchain.info"),
        .init(name: "VIGIA_HTTP", kind: .bind, fallback: "127.0.0.1:8080"),
        .init(name: "VIGIA_PUBLIC_URL", kind: .url(schemes: ["https"]), fallback: nil),
        .init(name: "VIGIA_TRUSTED_PROXIES", kind: .text, fallback: nil),
        .init(name: "SECRET_KEY", kind: .text, fallback: nil, isSecret: true),
        .init(name: "SECRET_KEY_FILE", kind: .text, fallback: "vigia.key"),
        .init(name: "ACCESS_TOKEN_EXPIRE_MINUTES", kind: .count(1...525_600), fallback: "30"),
        .init(name: "VIGIA_ACCESS", kind: .choice(["open", "invite", "claim"]), fallback: "claim"),
        .init(name: "VIGIA_ADMINS", kind: .identities, fallback: nil),
        .init(name: "VIGIA_CLOCK", kind: .choice(["wall", "venue"]), fallback: "wall"),
        .init(name: "VIGIA_TEMPLATES", kind: .text, fallback: nil),
        .init(name: "VIGIA_LOCALES", kind: .text, fallback: nil),
        .init(name: "ALERT_GROUP_WAIT", kind: .span, fallback: "2s"),
        .init(name: "ALERT_GROUP_INTERVAL", kind: .span, fallback: "1m"),
        .init(name: "ALERT_REPEAT_INTERVAL", kind: .span, fallback: "4h"),
        .init(name: "ALERT_ESCALATE_AFTER", kind: .span, fallback: "10m"),
        .init(name: "VENUE_TOLERANCE", kind: .percent, fallback: "0.5%"),
        .init(name: "TELEGRAM_RATE", kind: .rate, fallback: "30/1s"),
        .init(name: "TELEGRAM_CHAT_RATE", kind: .rate, fallback: "1/1s"),
        .init(name: "TELEGRAM_GROUP_RATE", kind: .rate, fallback: "20/1m"),
        .init(name: "DISCORD_RATE", kind: .rate, fallback: "50/1s"),
        .init(name: "SMTP_RATE", kind: .rate, fallback: "1/1s"),
        .init(name: "TWILIO_RATE", kind: .rate, fallback: "1/1s"),
        .init(name: "DELIVERY_IN_FLIGHT", kind: .count(1...1000), fallback: "8"),
        .init(name: "RETENTION_1M", kind: .span, fallback: "400d"),
        .init(name: "RETENTION_NEWS", kind: .span, fallback: "30d"),
        .init(name: "RETENTION_DELIVERIES", kind: .span, fallback: "90d"),
        .init(name: "HEARTBEAT_URL", kind: web, fallback: nil, isSecret: true),
        .init(name: "KAFKA_BOOTSTRAP_SERVERS", kind: .text, fallback: nil),
        .init(name: "INFLUXDB_URL", kind: web, fallback: nil),
        .init(name: "INFLUXDB_TOKEN", kind: .text, fallback: nil, isSecret: true),
        .init(name: "INFLUXDB_ORG", kind: .text, fallback: nil),
        .init(name: "INFLUXDB_BUCKET", kind: .text, fallback: nil),
        .init(
            name: "LOG_LEVEL", kind: .choice(["trace", "debug", "info", "notice", "warning", "error"]), fallback: "info"
        ),
        .init(name: "LOG_FORMAT", kind: .choice(["text", "json"]), fallback: "text"),
    ]

    static let byName: [String: SettingKey] = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}
