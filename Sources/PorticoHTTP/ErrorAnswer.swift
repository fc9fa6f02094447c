// Answers that Portico makes itself because something went wrong: a page for people, else JSON, both with the request id.
package import NIOCore
import PorticoCore

/// A page of the configuration for an error, ready to be sent.
package struct ErrorPage: Sendable {
    package let type: String
    package let body: ByteBuffer

    package init(type: String, body: ByteBuffer) {
        self.type = type
        self.body = body
    }
}

extension HeadFault {
    /// What the access line says of it.
    var endReason: EndReason {
        switch status {
        case 408: .clientTimeout
        case 414, 431: .headTooLarge
        default: .badRequest
        }
    }
}

extension Exchange {
    /// Answers a request that was refused by its head or its framing alone.
    final func respond(_ fault: HeadFault) {
        cause = Label(fault.reason)
        var fields = ByteBuffer()
        // A 405 must say what is allowed (RFC 9110 §15.5.6): here, what no route forbids.
        if fault.status == 405 { fields.writeStaticString("Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n") }
        respond(error: fault.status, message: fault.reason, fields: fields)
    }

    /// Answers with `status`; `message` is a constant text that tells the client what happened. Who takes HTML gets the
    /// site's own page where it has one.
    package final func respond(error status: Int, message: String, fields extra: ByteBuffer = ByteBuffer()) {
        let takesHTML = head.fields.value(of: .accept)?.listContainsType("text/html") ?? false
        let own = takesHTML ? loop.handler.errorPage(status, for: self) : nil
        let id = record.givenID?.text ?? record.id.text
        var fields = ByteBufferAllocator().buffer(capacity: 384)
        fields.writeField("Content-Type", own?.type ?? (takesHTML ? "text/html; charset=utf-8" : "application/json"))
        fields.writeStaticString("Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n")
        if takesHTML, own == nil { fields.writeString(BuiltInErrorPage.policy) }
        fields.writeField("X-Request-ID", id)
        fields.writeImmutableBuffer(extra)
        shaper?.shapeOwnAnswer(&fields)
        if let own { return respond(status: status, fields: fields, body: own.body) }
        let title = StatusLine.reason(status)
        let body =
            takesHTML
            ? BuiltInErrorPage.html(status: status, title: title, message: message, id: id)
            : BuiltInErrorPage.json(status: status, title: title, message: message, id: id)
        respond(status: status, fields: fields, body: ByteBuffer(string: body))
    }
}

extension UnsafeRawBufferPointer {
    /// Whether an `Accept` list names the media type, whatever its parameters.
    package func listContainsType(_ type: StaticString) -> Bool {
        var found = false
        forEachElement { element in
            let end = element.firstIndex(of: 0x3B) ?? element.count
            if UnsafeRawBufferPointer(rebasing: element[..<end]).trimmed.equalsFolded(type) { found = true }
        }
        return found
    }
}
