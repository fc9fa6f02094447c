// What the pipeline's steps tell a trace. Dry runs only: a served request has none.
import PorticoCore
import PorticoHTTP
import PorticoProxy
import PorticoRouting

extension Trace {
    func noteRequest(_ exchange: Exchange) {
        let head = exchange.head
        let host = head.authorityBytes.isEmpty ? "no host" : "host \(head.authorityBytes.text)"
        let sent = head.fields.view(head.path).text
        let path = head.withWholePath(\.text)
        note("request", "\(host), path \(path)" + (sent == path ? "" : " (sent as \(sent))"))
    }

    func noteRoute(_ generation: Generation, _ match: RouteTable.Match?) {
        let count = generation.proxies.count
        guard let match else {
            return note("route", count == 0 ? "no [[proxy]] is configured" : "none of \(count) [[proxy]] matches")
        }
        let label = generation.proxies[match.route].label.text
        note("route", "[[proxy]] \(match.route + 1) of \(count), path \(label), is the first that matches")
    }

    func noteNoRedirect(_ generation: Generation) {
        note(
            "redirect",
            generation.redirects.hasRedirects ? "no [[redirect]] takes the path" : "no [[redirect]] is configured")
    }

    func noteSite(_ place: Sites.Place, _ head: RequestHead) {
        let mount = head.withWholePath { String(decoding: $0.prefix(head.mountLength), as: UTF8.self) }
        note(
            "site", "\(place.label.text) -> \(place.directory)" + (mount.isEmpty ? "" : ", without the prefix \(mount)")
        )
    }
}
