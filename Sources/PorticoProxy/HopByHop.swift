// Fields that are meant for one connection only (RFC 9110 §7.6.1), in requests and in responses.
import PorticoCore
import PorticoHTTP

/// What a `Connection` field names besides the usual; found once per message.
struct HopByHop {
    private let fields: HeadFields
    /// `Connection` names fields of its own, which must go too.
    private let namesOthers: Bool

    init(_ fields: HeadFields) {
        self.fields = fields
        var namesOthers = false
        fields.forEachValue(of: .connection) { value in
            value.forEachElement { element in
                if !element.equalsFolded("close"), !element.equalsFolded("keep-alive"),
                    !element.equalsFolded("upgrade")
                {
                    namesOthers = true
                }
            }
        }
        self.namesOthers = namesOthers
    }

    /// Whether the field ends here. Those that carry the message itself are never dropped by a `Connection` token.
    func drops(_ entry: FieldEntry) -> Bool {
        switch entry.known {
        case .connection, .keepAlive, .proxyConnection, .te, .transferEncoding, .upgrade, .proxyAuthenticate,
            .proxyAuthorization, .trailer:
            return true
        case .host, .contentLength, .xForwardedFor, .xForwardedHost, .xForwardedProto, .forwarded, .via, .xRequestID:
            return false
        default: return namesOthers && isNamed(fields.view(entry.name))
        }
    }

    private func isNamed(_ name: UnsafeRawBufferPointer) -> Bool {
        var found = false
        fields.forEachValue(of: .connection) { value in
            value.forEachElement { if $0.equalsIgnoringCase(name) { found = true } }
        }
        return found
    }
}
