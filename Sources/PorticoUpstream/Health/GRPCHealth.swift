// What a gRPC health check says and hears: the messages of grpc.health.v1, in protobuf's wire form and gRPC's framing. Pure;
// what carries them is `HealthProbe`'s.
import NIOCore
import PorticoCore
import PorticoHTTP

enum GRPCHealth {
    static let path = "/grpc.health.v1.Health/Check"

    /// `HealthCheckRequest { string service = 1; }`, uncompressed.
    static func request(service: String) -> ByteBuffer {
        var message = ByteBuffer()
        if !service.isEmpty {
            message.writeInteger(UInt8(1 << 3 | 2))
            message.writeVarint(UInt64(service.utf8.count))
            message.writeString(service)
        }
        var framed = ByteBuffer()
        framed.writeInteger(UInt8(0))
        framed.writeInteger(UInt32(message.readableBytes))
        framed.writeBuffer(&message)
        return framed
    }

    /// `grpc-status` of a head, where there is nothing behind it.
    static func status(in fields: HeadFields) -> String? {
        for index in 0..<fields.entryCount {
            let entry = fields.entry(index)
            if fields.view(entry.name).equalsFolded("grpc-status") { return fields.view(entry.value).text }
        }
        return nil
    }

    /// `grpc-status` of trailers, which are field lines.
    static func status(in trailers: ByteBuffer) -> String? {
        for line in String(buffer: trailers).split(separator: "\r\n") where line.hasPrefix("grpc-status:") {
            return String(line.dropFirst("grpc-status:".count).drop { $0 == " " })
        }
        return nil
    }

    /// Nil where the answer says SERVING. `status` is the value of `grpc-status`.
    static func fault(status: String?, body: ByteBuffer) -> String? {
        guard let status else { return "no grpc-status" }
        switch status {
        case "0": break
        case "5": return "grpc-status 5: the server does not know the service"
        case "12": return "grpc-status 12: the server has no health service"
        default: return "grpc-status \(status)"
        }
        guard let serving = servingStatus(body) else { return "no health message" }
        return serving == 1 ? nil : name(of: serving)
    }

    private static func name(of status: UInt64) -> String {
        switch status {
        case 0: "UNKNOWN"
        case 2: "NOT_SERVING"
        case 3: "SERVICE_UNKNOWN"
        default: "serving status \(status)"
        }
    }

    /// Of one framed `HealthCheckResponse { ServingStatus status = 1; }`. What is not set is 0; of several the last holds;
    /// other fields are passed over.
    private static func servingStatus(_ body: ByteBuffer) -> UInt64? {
        var body = body
        guard body.readInteger(as: UInt8.self) == 0, let length = body.readInteger(as: UInt32.self),
            var message = body.readSlice(length: Int(length)), body.readableBytes == 0
        else { return nil }
        var status: UInt64 = 0
        while message.readableBytes > 0 {
            guard let tag = message.readVarint() else { return nil }
            switch (tag >> 3, tag & 7) {
            case (1, 0):
                guard let value = message.readVarint() else { return nil }
                status = value
            case (_, let wireType): guard message.skipField(wireType) else { return nil }
            }
        }
        return status
    }
}

extension ByteBuffer {
    fileprivate mutating func writeVarint(_ value: UInt64) {
        var rest = value
        while rest > 127 {
            writeInteger(UInt8(rest & 127 | 128))
            rest >>= 7
        }
        writeInteger(UInt8(rest))
    }

    /// Nil where it does not end within its ten bytes, or at all.
    fileprivate mutating func readVarint() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = readInteger(as: UInt8.self) else { return nil }
            value |= UInt64(byte & 127) << shift
            if byte < 128 { return value }
        }
        return nil
    }

    /// False where it is cut, or of a kind that protobuf no longer has.
    fileprivate mutating func skipField(_ wireType: UInt64) -> Bool {
        switch wireType {
        case 0: return readVarint() != nil
        case 1: return readSlice(length: 8) != nil
        case 2:
            guard let length = readVarint(), length <= UInt64(readableBytes) else { return false }
            moveReaderIndex(forwardBy: Int(length))
            return true
        case 5: return readSlice(length: 4) != nil
        default: return false
        }
    }
}
