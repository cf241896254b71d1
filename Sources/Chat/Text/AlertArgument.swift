import Decisions
import Delivery
import Messages
import People

extension CommandContext {
    /// The alert that the first argument names (`12` or `#12`), if this recipient was told of it; else the answer that
    /// says what is wrong.
    func namedAlert(which key: String) throws -> (alert: StoredAlert?, refusal: Reply) {
        guard let written = arguments.first else { return (nil, .sentence(key)) }
        let digits = written.hasPrefix("#") ? String(written.dropFirst()) : written
        let refusal = Reply.sentence("why.unknown", ["text": .text(UntrustedText.shown(written))])
        guard let id = Int64(digits), let alert = try session.alert(AlertID(id), of: subject.id) else {
            return (nil, refusal)
        }
        return (alert, refusal)
    }

    /// The way on which it is spoken.
    var channel: ChannelKind { scene.address.channel }
}
