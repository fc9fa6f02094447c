// The body of an answer that Portico makes itself because something went wrong: HTML for a navigation, else JSON, both
// with the request id.
package import NIOCore
import PorticoCore

extension Exchange {
    /// Answers a request that was refused by its head or its framing alone.
    final func respond(_ fault: HeadFault) {
        var fields = ByteBuffer()
        // A 405 must say what is allowed (RFC 9110 §15.5.6): here, what no route forbids.
        if fault.status == 405 { fields.writeStaticString("Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n") }
        respond(error: fault.status, message: fault.reason, fields: fields)
    }

    /// Answers with `status`; `message` is a constant text that tells the client what happened.
    package final func respond(error status: Int, message: String, fields extra: ByteBuffer = ByteBuffer()) {
        var fields = ByteBufferAllocator().buffer(capacity: 256)
        let wantsHTML = head.fields.value(of: .accept)?.listContainsType("text/html") ?? false
        let id = record.givenID?.text ?? record.id.text
        fields.writeField("Content-Type", wantsHTML ? "text/html; charset=utf-8" : "application/json")
        fields.writeStaticString("Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n")
        fields.writeField("X-Request-ID", id)
        fields.writeImmutableBuffer(extra)
        shaper?.shapeOwnAnswer(&fields)
        let title = StatusLine.reason(status)
        let body =
            wantsHTML
            ? ErrorPage.html(status: status, title: title, message: message, id: id)
            : ErrorPage.json(status: status, title: title, message: message, id: id)
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

/// `message` and `title` are constants of ours; nothing of the request goes into a page but its id.
enum ErrorPage {
    static func json(status: Int, title: String, message: String, id: String) -> String {
        #"{"error":{"status":\#(status),"title":"\#(title)","message":"\#(message)","request_id":"\#(id)"}}"# + "\n"
    }

    static func html(status: Int, title: String, message: String, id: String) -> String {
        """
        <!doctype html><html lang="en"><head><meta charset="utf-8"><title>\(status) \(title)</title>
        <meta name="viewport" content="width=device-width,initial-scale=1"><style>
        :root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem}
        h1{font-size:1.5rem}p{opacity:.8}code{font-size:.85rem}</style></head>
        <body><h1>\(status) \(title)</h1><p>\(message)</p><p><code>request \(id)</code></p></body></html>

        """
    }
}
