// The backend's response head as the client gets it: its fields less those that ended at us, its length as it stands.
import NIOCore
import PorticoCore
import PorticoHTTP

enum RelayedResponse {
    static func write(
        _ response: ResponseHeadView, for exchange: Exchange, _ compression: ResponseCompression.Decision,
        to fields: inout ByteBuffer
    ) {
        fields.compose { fields in
            switch compression {
            case .untouched: writeFields(of: response, to: &fields)
            default: compression.writeFields(of: response, to: &fields)
            }
            fields.writeRequestID(of: exchange)
        }
    }

    /// All that 1xx answers carry: the backend's fields and nothing of ours.
    static func writeFields(of response: ResponseHeadView, to fields: inout HeadWriter) {
        let source = response.fields
        let hops = HopByHop(source)
        for index in 0..<source.entryCount {
            let entry = source.entry(index)
            // Not by `==`: of another room's enumerations it is a call through their witness tables.
            switch entry.known {
            case .contentLength, .xRequestID: continue
            default: if hops.drops(entry) { continue }
            }
            fields.writeField(source.view(entry.name), source.view(entry.value))
        }
        if response.status == 101, let upgrade = source.value(of: .upgrade) { fields.writeField("Upgrade", upgrade) }
    }

    static func length(_ response: ResponseHeadView) -> ResponseHead.Length {
        switch response.framing {
        case .length(let length): .known(length)
        case .chunked, .untilClose: .streamed
        case .none:
            // To HEAD: what a GET would have had, if the backend says so.
            response.fields.value(of: .contentLength)?.decimal.map { .known($0) } ?? .unstated
        }
    }
}
