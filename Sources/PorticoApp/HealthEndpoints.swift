// `/health` and `/ping`: for load balancers and uptime checks, after everything the configuration names.
import NIOCore
import PorticoCore
import PorticoHTTP

enum HealthEndpoints {
    static func response(_ head: RequestHead) -> PreparedResponse? {
        head.withWholePath { path in
            path.equals("/health") ? health : path.equals("/ping") ? ping : nil
        }
    }

    private static let health = make(type: "application/json", body: #"{"status":"ok"}"# + "\n")
    private static let ping = make(type: "text/plain; charset=utf-8", body: "pong\n")

    private static func make(type: String, body: String) -> PreparedResponse {
        var fields = ByteBuffer()
        fields.writeField("Content-Type", type)
        fields.writeStaticString("Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n")
        return PreparedResponse(status: 200, fields: fields, body: ByteBuffer(string: body))
    }
}
