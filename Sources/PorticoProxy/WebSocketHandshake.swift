// Which upgrades are passed on: a WebSocket handshake must be a valid one (RFC 6455 §4.2.1); others are the backend's
// business.
import PorticoCore
import PorticoHTTP

enum WebSocketHandshake {
    /// Whether the request may turn into a raw stream. A broken WebSocket handshake stays HTTP.
    static func mayUpgrade(_ head: RequestHead) -> Bool {
        // HTTP/2 in clear text would go past every rule of ours.
        guard head.wantsUpgrade, !head.fields.list(.upgrade, contains: "h2c") else { return false }
        guard head.fields.list(.upgrade, contains: "websocket") else { return !head.hasBody }
        guard head.method == .get, !head.hasBody, head.fields.value(of: .secWebSocketVersion)?.equals("13") == true
        else { return false }
        return head.fields.value(of: .secWebSocketKey).map(isKey) ?? false
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
