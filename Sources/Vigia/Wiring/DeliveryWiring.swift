import Channels
import Decisions
import Delivery
import Logging
import Market
import Messages
import People
import ServiceLifecycle
import Storage
import Synchronization

/// From a decision to the channels: publisher, fan-out, one dispatcher a channel, held alerts.
struct DeliveryWiring {
    let publisher: AlertPublisher
    let wakeups: ChannelWakeups
    let pause: PauseSwitch
    /// `/ops drain`: alerts stay in the store while it is set.
    let drain: PauseSwitch
    let held: HeldReleaser
    let rendering: CachedRendering
    /// Channels that have a sender.
    let channels: Set<ChannelKind>
    let routing: RoutingClock
    private let living: LivingMessages
    private let fanOut: FanOut
    private let fanOutWakeup: Wakeup
    private let dispatchers: [OutboxDispatcher]

    /// A durable setting changed that governs the flow of alerts.
    func settingChanged(_ name: String, _ value: String?) {
        switch name {
        case "delivery.paused": pause.set(paused: value == "on")
        case "delivery.drain":
            drain.set(paused: value == "on")
            fanOutWakeup.signal()
        default: break
        }
    }

    /// In order of need.
    var services: [any Service] { [fanOut, held, routing, living] + dispatchers }

    /// - Parameters:
    ///   - prices: what reminders and living messages say of a symbol.
    ///   - routing: other clocks than those of the settings.
    init(
        _ base: Foundations, channels: [any Channel], isPaused: Bool, isDraining: Bool = false,
        prices: LatePrices = LatePrices(),
        routing other: RoutingSettings? = nil
    ) {
        let kinds = Set(channels.map(\.kind))
        self.channels = kinds
        let routes = other ?? DeliveryWiring.routing(base.settings)
        let alerts = SQLAlertStore(base.database, contactChannels: kinds.filter(\.isContact), routing: routes)
        let time = DeliveryTime(wall: base.wall, rule: base.ruleTime)
        let fanOutWakeup = Wakeup()
        wakeups = ChannelWakeups(channels: channels.map(\.kind))
        pause = PauseSwitch(isPaused: isPaused, channels: wakeups)
        let drain = PauseSwitch(isPaused: isDraining, channels: wakeups)
        self.drain = drain
        self.fanOutWakeup = fanOutWakeup
        publisher = AlertPublisher(store: alerts, time: base.wall, fanOut: fanOutWakeup)
        let routing = RoutingClock(
            store: SQLRoutingStore(base.database, settings: routes, channels: kinds), time: time, channels: wakeups,
            fanOut: fanOutWakeup, price: { prices.text(of: $0) })
        self.routing = routing
        fanOut = FanOut(store: alerts, time: time, wakeup: fanOutWakeup, channels: wakeups, drain: drain) {
            routing.noteDue(at: $0)
        }
        held = HeldReleaser(store: SQLHeldStore(base.database), time: time, channels: wakeups)
        let renderer = AlertRenderer(
            renderer: base.renderer, contents: AlertContent(defaultQuote: base.settings.text("QUOTE_ASSET")))
        rendering = CachedRendering(renderer)
        living = LivingMessages(
            store: SQLLivingStore(base.database), rendering: renderer, time: time, channels: wakeups,
            price: { prices.price(of: $0) })
        let publisher = self.publisher
        let rendering = self.rendering
        let wakeups = self.wakeups
        let pause = self.pause
        let held = self.held
        dispatchers = channels.map { channel in
            OutboxDispatcher(
                channel: ContactChannel.wrapping(channel, book: base.contacts.book),
                store: SQLOutboxStore(base.database, vault: base.contacts.vault, keepsAlive: true),
                rendering: rendering,
                settings: DispatchSettings(
                    pacing: DeliveryWiring.pacing(channel.kind, base.settings),
                    inFlight: base.settings.count("DELIVERY_IN_FLIGHT")),
                time: time,
                signals: DispatchSignals(
                    wakeup: wakeups[channel.kind] ?? Wakeup(), pause: pause,
                    held: { held.noteHeld(until: $0) },
                    notice: { notice in
                        let alert = SystemAlert.alert(notice, at: base.wall.now)
                        try? await publisher.publish(DecisionBatch(alerts: [alert]))
                    }),
                logger: base.logger("vigia.delivery"))
        }
    }

    /// The clocks of grouping and escalation.
    static func routing(_ settings: Settings) -> RoutingSettings {
        RoutingSettings(
            groupWait: settings.span("ALERT_GROUP_WAIT"), groupInterval: settings.span("ALERT_GROUP_INTERVAL"),
            repeatInterval: settings.span("ALERT_REPEAT_INTERVAL"),
            escalateAfter: settings.span("ALERT_ESCALATE_AFTER"))
    }

    static func pacing(_ channel: ChannelKind, _ settings: Settings) -> Pacing {
        func pace(_ name: String) -> Pace { Pace(text: settings.text(name)) ?? .off }
        return switch channel {
        case .telegram:
            Pacing(
                overall: pace("TELEGRAM_RATE"), perAddress: pace("TELEGRAM_CHAT_RATE"),
                perGroup: pace("TELEGRAM_GROUP_RATE"))
        case .discord: Pacing(overall: pace("DISCORD_RATE"))
        case .email: Pacing(overall: pace("SMTP_RATE"))
        case .sms: Pacing(overall: pace("TWILIO_RATE"))
        case .terminal: Pacing()
        }
    }
}

/// Prices for a part of the agent that is made before the market is.
final class LatePrices: Sendable {
    private let board = Mutex<(any BoardReader)?>(nil)

    func use(_ reader: any BoardReader) { board.withLock { $0 = reader } }

    func price(of symbol: Symbol) -> Double? { board.withLock { $0?.view(of: symbol)?.quote.last.double } }

    /// The last price as the venue wrote it; `nil` without one.
    func text(of symbol: Symbol) -> String? { board.withLock { $0?.view(of: symbol)?.quote.last.description } }
}

/// A notice as an alert to the operators: one a key and hour.
enum SystemAlert {
    static func alert(_ notice: SystemNotice, at now: Timestamp) -> Alert {
        let hour = Timeframe.h1.openTime(containing: now).milliseconds
        let detail = notice.values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        return Alert(
            naturalKey: "system:\(notice.key):\(detail.prefix(200)):\(hour)", symbol: nil,
            priority: notice.severity == .critical ? .critical : notice.severity == .warning ? .medium : .low,
            issuedAt: now, audience: .operators, body: .system(notice))
    }
}
