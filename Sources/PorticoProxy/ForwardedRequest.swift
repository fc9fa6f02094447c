// The request as the backend gets it: request line, the client's fields less what ends here, and what a gateway adds.
import NIOCore
import PorticoConfig
import PorticoCore
import PorticoHTTP
import PorticoUpstream

struct ForwardedRequest {
    let exchange: Exchange
    let route: ProxyRoute
    let target: Target
    /// Bytes of the routing path that the route's prefix covers.
    let prefixLength: Int
    /// Whether the peer is one of `trusted_proxies`: then its forwarding fields are kept and continued.
    let trustsPeer: Bool
    let upgrades: Bool

    /// Writes the head, empty line included. Body and its framing follow what the client sends.
    func write(to out: inout ByteBuffer) {
        out.compose { writeStart(to: &$0) }
        let start = out.writerIndex
        out.compose { out in
            writeClientFields(to: &out)
            writeForwarding(to: &out)
            // Unless rules have a say in between.
            if route.requestRules == nil { writeEnd(to: &out) }
        }
        guard let rules = route.requestRules else { return }
        rules.apply(to: &out, from: start)
        out.compose { writeEnd(to: &$0) }
    }

    private func writeStart(to out: inout HeadWriter) {
        out.write(exchange.head.methodBytes)
        out.write(" ")
        writeTarget(to: &out)
        out.write(" HTTP/1.1\r\nHost: ")
        writeHost(to: &out)
        out.write("\r\n")
    }

    // MARK: Target and host

    /// The bytes as the client sent them; where dot segments were resolved and a prefix is cut, the normalised rest.
    private func writeTarget(to out: inout HeadWriter) {
        let head = exchange.head
        if head.path.count == 1, head.targetBytes.equals("*") { return out.write("*") }
        let cut = route.stripsPrefix ? prefixLength : 0
        out.write(target.basePath)
        if let path = head.rewrittenPath {
            out.write(path)
            if head.hasQuery, path.contains(0x3F) {
                out.write("&")
                return out.write(head.queryBytes)
            }
        } else if cut > 0 {
            head.withRoutingPath { path in
                let sent = head.fields.view(head.path)
                let rest =
                    Self.sentLength(ofNormalised: cut, of: path.count, in: sent)
                    .map { UnsafeRawBufferPointer(rebasing: sent[$0...]) }
                    ?? UnsafeRawBufferPointer(rebasing: path[cut...])
                if rest.isEmpty { out.write("/") } else { out.write(rest) }
            }
        } else {
            out.write(head.fields.view(head.path))
        }
        if head.hasQuery {
            out.write("?")
            out.write(head.queryBytes)
        }
    }

    /// How many of the bytes sent make up the first `count` of the normalised path's. Nil where dot segments were
    /// removed: then the two do not run side by side.
    private static func sentLength(
        ofNormalised count: Int, of total: Int, in sent: UnsafeRawBufferPointer
    ) -> Int? {
        guard sent.count != total else { return count }
        var normalised = 0
        var index = 0
        var length: Int?
        while index < sent.count {
            if normalised == count { length = index }
            guard sent[index] == 0x25, let high = ASCII.hexDigit(sent[index + 1]),
                let low = ASCII.hexDigit(sent[index + 2])
            else {
                normalised += 1
                index += 1
                continue
            }
            normalised += ASCII.isUnreserved(high << 4 | low) ? 1 : 3
            index += 3
        }
        if normalised == count { length = sent.count }
        return normalised == total ? length : nil
    }

    private func writeHost(to out: inout HeadWriter) {
        switch route.settings.hostHeader ?? target.ownHostHeader {
        case .client:
            let authority = exchange.head.authorityBytes
            if authority.isEmpty { out.write(target.authority) } else { out.write(authority) }
        case .target: out.write(target.authority)
        case .literal: out.write(route.literalHost)
        }
    }

    // MARK: Fields

    private func writeClientFields(to out: inout HeadWriter) {
        let fields = exchange.head.fields
        let hops = HopByHop(fields)
        var hasCookie = false
        for index in 0..<fields.entryCount {
            let entry = fields.entry(index)
            switch entry.known {
            case .host, .contentLength, .expect: continue
            case .xForwardedFor, .xForwardedHost, .xForwardedProto, .forwarded, .xRequestID, .traceparent: continue
            case .via where !trustsPeer: continue
            case .other where !trustsPeer && Self.claimsOrigin(fields.view(entry.name)): continue
            case .other where fields.view(entry.name).equalsFolded("tracestate"):
                // State of a trace that is not continued says nothing (W3C Trace Context §3.4).
                guard exchange.record.trace == .continued else { continue }
            case .underscored where Self.shadows(fields.view(entry.name)): continue
            case .cookie where exchange.head.version == .http2:
                // HTTP/2 may split cookies; HTTP/1 has one field (RFC 9113 §8.2.3).
                if hasCookie { continue }
                hasCookie = true
                writeCookies(fields, to: &out)
                continue
            default: break
            }
            if hops.drops(entry) { continue }
            out.writeField(fields.view(entry.name), fields.view(entry.value))
        }
    }

    private func writeCookies(_ fields: HeadFields, to out: inout HeadWriter) {
        out.write("Cookie: ")
        var isFirst = true
        fields.forEachValue(of: .cookie) { value in
            if !isFirst { out.write("; ") }
            isFirst = false
            out.write(value)
        }
        out.write("\r\n")
    }

    /// `X-Forwarded-Port`, `X-Real-IP` and their like: only a trusted proxy may say where a request came from.
    private static func claimsOrigin(_ name: UnsafeRawBufferPointer) -> Bool {
        if name.equalsFolded("x-real-ip") { return true }
        return name.count > 12 && UnsafeRawBufferPointer(rebasing: name[..<12]).equalsFolded("x-forwarded-")
    }

    /// Backends that map `-` to `_` would take `X_Forwarded_For` for the field we set.
    private static func shadows(_ name: UnsafeRawBufferPointer) -> Bool {
        let names: [StaticString] = [
            "x-real-ip", "x-request-id", "forwarded", "via",
            "traceparent", "host", "content-length", "transfer-encoding", "connection",
        ]
        let dashed = name.map { $0 == 0x5F ? UInt8(0x2D) : $0 }
        return dashed.withUnsafeBytes { dashed in
            claimsOrigin(dashed) || names.contains { dashed.equalsFolded($0) }
        }
    }

    // MARK: What a gateway adds

    private func writeForwarding(to out: inout HeadWriter) {
        let fields = exchange.head.fields
        out.write("X-Forwarded-For: ")
        if trustsPeer {
            fields.forEachValue(of: .xForwardedFor) { value in
                out.write(value)
                out.write(", ")
            }
        }
        out.write(exchange.peer.label.bytes)
        out.write("\r\nX-Forwarded-Proto: ")
        if trustsPeer, let proto = fields.value(of: .xForwardedProto) {
            out.write(proto)
        } else {
            out.write(exchange.isSecure ? "https" : "http")
        }
        out.write("\r\nX-Forwarded-Host: ")
        if trustsPeer, let host = fields.value(of: .xForwardedHost) {
            out.write(host)
        } else {
            out.write(exchange.head.authorityBytes)
        }
        out.write("\r\nVia: ")
        switch exchange.head.version {
        case .http10: out.write("1.0")
        case .http11: out.write("1.1")
        case .http2: out.write("2")
        }
        out.write(" portico\r\n")
        out.writeRequestID(of: exchange)
        TraceContext.write(exchange, to: &out)
    }

    private func writeEnd(to out: inout HeadWriter) {
        let head = exchange.head
        switch head.framing {
        case .length(let length):
            out.write("Content-Length: ")
            out.writeDecimal(length)
            out.write("\r\n")
        case .chunked: out.write("Transfer-Encoding: chunked\r\n")
        case .none, .untilClose:
            // Backends tell "no body" from "body unknown" for methods that usually have one (RFC 9110 §8.6).
            switch head.method {
            case .post, .put, .patch: out.write("Content-Length: 0\r\n")
            default: break
            }
        }
        if head.expectsContinue { out.write("Expect: 100-continue\r\n") }
        if upgrades {
            out.write("Connection: upgrade\r\n")
            if let upgrade = head.fields.value(of: .upgrade) { out.writeField("Upgrade", upgrade) }
        } else if head.fields.list(.te, contains: "trailers") {
            out.write("TE: trailers\r\nConnection: TE\r\n")
        }
        out.write("\r\n")
    }
}
