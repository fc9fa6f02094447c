// Which upgrades are passed on: a WebSocket handshake must be a valid one (RFC 6455 §4.2.1); others are the backend's
// business.
import NIOCore
import PorticoCore
import PorticoHTTP

enum WebSocketHandshake {
    /// Whether the request may turn into a raw stream. A broken WebSocket handshake stays HTTP.
    static func mayUpgrade(_ head: RequestHead) -> Bool {
        // HTTP/2 in clear text would go past every rule of ours.
        guard head.wantsUpgrade, !head.fields.list(.upgrade, contains: "h2c") else { return false }
        guard head.fields.list(.upgrade, contains: "websocket") else { return !head.hasBody }
        return head.method == .get && !head.hasBody && hasVersion(head) && hasKey(head)
    }

    /// Where only WebSockets are taken: what to answer to anything else.
    static func refusal(_ head: RequestHead) -> Refusal? {
        if head.version == .http2 { return Refusal(400, "This path takes WebSockets alone, over HTTP/1.1.") }
        guard head.wantsUpgrade, head.fields.list(.upgrade, contains: "websocket") else {
            return Refusal(426, "This path takes WebSockets alone.")
        }
        guard hasVersion(head) else { return Refusal(426, "WebSockets of version 13 are spoken here.") }
        return mayUpgrade(head) ? nil : Refusal(400, "The WebSocket handshake is not valid.")
    }

    struct Refusal {
        let status: Int
        let message: String

        init(_ status: Int, _ message: String) {
            self.status = status
            self.message = message
        }

        func answer(_ exchange: Exchange) {
            exchange.record.reason = .badRequest
            var fields = ByteBuffer()
            if status == 426 {
                fields.writeStaticString("Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n")
            }
            exchange.respond(error: status, message: message, fields: fields)
        }
    }

    private static func hasVersion(_ head: RequestHead) -> Bool {
        head.fields.value(of: .secWebSocketVersion)?.equals("13") == true
    }

    private static func hasKey(_ head: RequestHead) -> Bool {
        head.fields.value(of: .secWebSocketKey).map(isKey) ?? false
    }

    /// Sixteen bytes in base64: 22 characters and two pads.
    private static func isKey(_ value: UnsafeRawBufferPointer) -> Bool {
        guard value.count == 24, value[22] == 0x3D, value[23] == 0x3D else { return false }
        return value[..<22].allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2F: true
            default: false
            }
        }
    }
}
