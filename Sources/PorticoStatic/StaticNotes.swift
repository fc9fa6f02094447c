// What a site's steps tell a trace. Dry runs only: a served request has none.
import PorticoCompression
import PorticoCore
import PorticoHTTP

extension Trace {
    func noteOutcome(_ outcome: EntryLoader.Outcome, _ path: SitePath) {
        let named = "/\(path.relative)"
        switch outcome {
        case .entry(let entry): note("file", "\(entry.path) exists, \(entry.stamp.size) bytes")
        case .elsewhere: note("file", "\(named) is another spelling of an address; the client is sent there")
        case .listing: note("file", "\(named) is a directory without an index file; `listing` shows it")
        case .missing: note("file", "no file lies at \(named)")
        case .noDirectory: note("file", "a file stands where \(named) asks for a directory")
        case .forbidden: note("file", "\(named) cannot be read: permission denied")
        case .exhausted: note("file", "no file handles are left")
        }
    }

    func noteFallback(_ fallback: SitePath?, isNavigation: Bool) {
        guard let fallback else { return note("fallback", "the site has none") }
        note(
            "fallback",
            isNavigation
                ? "\(fallback.relative) answers navigations to paths that do not exist"
                : "not asked: this is no navigation (Accept without text/html, or a name with an extension)")
    }

    func noteCoding(_ coding: ContentCoding?, of entry: StaticEntry, _ fields: HeadFields) {
        guard entry.isNegotiable else { return note("encoding", "none: its type or size is not worth it") }
        guard fields.has(.acceptEncoding) else { return note("encoding", "none: the request has no Accept-Encoding") }
        let accepted = fields.value(of: .acceptEncoding)?.text ?? ""
        note(
            "encoding",
            coding.map { "\($0.rawValue): Accept-Encoding is \(accepted)" }
                ?? "none that Accept-Encoding (\(accepted)) allows, or a range")
    }

    func noteVariant(_ variant: StaticEntry.Variant, of entry: StaticEntry, isSidecar: Bool) {
        guard let coded = variant.representation else {
            return note("variant", "none: there is no sidecar file, and compressed it would not be smaller")
        }
        if isSidecar {
            return note("variant", "the sidecar file beside it is not older and is used, \(coded.size) bytes")
        }
        let isSentMeanwhile = entry.identity.isOpenFile
        note(
            "variant",
            "compressed on the way, \(coded.size) bytes"
                + (isSentMeanwhile ? "; sent meanwhile, without a length, to whoever asks before that is done" : ""))
    }
}
