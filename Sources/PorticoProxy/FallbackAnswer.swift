// `[proxy.fallback]`, compiled: the answer of a route where no target gave one. The file is read once, when the
// configuration is compiled.
import Glibc
import NIOCore
import PorticoConfig
import PorticoHTTP

struct FallbackAnswer: Sendable {
    /// More of a file is not sent.
    static let largestFile = 1 << 20

    private let status: Int
    /// Nil: JSON or HTML by `Accept`, as for other errors.
    private let body: ByteBuffer?
    /// The configured ones, and a type where they name none.
    private let fields: ByteBuffer
    private let namesRetryAfter: Bool

    init(_ settings: FallbackSettings) {
        status = settings.status
        let bytes = settings.file.isEmpty ? Array(settings.body.utf8) : Self.read(settings.file)
        body = bytes.isEmpty ? nil : ByteBuffer(bytes: bytes)
        var fields = ByteBuffer()
        let names = settings.headers.map { $0.name.lowercased() }
        if body != nil, !names.contains("content-type") {
            fields.writeField("Content-Type", Self.type(of: bytes, file: settings.file))
        }
        if body != nil, !names.contains("cache-control") { fields.writeStaticString("Cache-Control: no-store\r\n") }
        for field in settings.headers { fields.writeString("\(field.name): \(field.value)\r\n") }
        self.fields = fields
        namesRetryAfter = names.contains("retry-after")
    }

    func answer(_ exchange: Exchange, message: String, retryAfter: Int) {
        var fields = fields
        if !namesRetryAfter { fields.writeField("Retry-After", String(retryAfter)) }
        guard let body else { return exchange.respond(error: status, message: message, fields: fields) }
        fields.compose { $0.writeRequestID(of: exchange) }
        exchange.shaper?.shapeOwnAnswer(&fields)
        exchange.respond(status: status, fields: fields, body: body)
    }

    /// Empty where the file cannot be read any more: then the plain error answers.
    private static func read(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        return [UInt8](unsafeUninitializedCapacity: largestFile) { memory, count in
            count = fread(memory.baseAddress, 1, memory.count, file)
        }
    }

    private static func type(of bytes: [UInt8], file: String) -> String {
        if file.hasSuffix(".html") || file.hasSuffix(".htm") || bytes.first == 0x3C {
            return "text/html; charset=utf-8"
        }
        let isJSON = file.hasSuffix(".json") || bytes.first == 0x7B || bytes.first == 0x5B
        return isJSON ? "application/json" : "text/plain; charset=utf-8"
    }
}
