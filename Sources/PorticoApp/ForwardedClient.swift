// Who the client is when trusted proxies stand in front: `X-Forwarded-For`, read from the right, as far as it is trusted.
import PorticoCore
import PorticoHTTP

enum ForwardedClient {
    /// Sets the exchange's client address; false where the peer itself is not trusted.
    static func resolve(_ exchange: Exchange, trusted: [IPRange]) -> Bool {
        guard let peer = exchange.peer.address, isTrusted(peer, trusted) else { return false }
        var elements: [IPAddress?] = []
        exchange.head.fields.forEachValue(of: .xForwardedFor) { value in
            value.forEachElement { elements.append(IPAddress($0.text)) }
        }
        var client: IPAddress?
        for element in elements.reversed() {
            // What is no address was not written by one of our proxies: nothing left of it is believed.
            guard let element else { break }
            client = element
            guard isTrusted(element, trusted) else { break }
        }
        if let client { exchange.clientAddress = Label(client.description) }
        if let id = exchange.head.fields.value(of: .xRequestID), isPlain(id) {
            exchange.record.givenID = Label(id.text)
        }
        return true
    }

    /// Ids go into pages, headers and logs: letters, digits and a few marks, and not too many of them.
    private static func isPlain(_ id: UnsafeRawBufferPointer) -> Bool {
        !id.isEmpty && id.count <= 128
            && id.allSatisfy { ASCII.isUnreserved($0) || $0 == 0x3A || $0 == 0x3D || $0 == 0x2B }
    }

    static func isTrusted(_ address: IPAddress, _ trusted: [IPRange]) -> Bool {
        trusted.contains { $0.contains(address) }
    }
}
