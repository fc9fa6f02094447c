// The sites of a configuration, compiled: which of them a request means, and what it is called in the access line.
import PorticoConfig
import PorticoCore
import PorticoHTTP
import PorticoRouting
import PorticoStatic
import PorticoTelemetry

struct Sites: Sendable {
    struct Place: Sendable {
        let site: StaticSite
        let label: Label
        /// Its row in what is counted.
        let row: Int
        let directory: String
        let errorPages: ErrorPages?
    }

    /// In file order.
    let places: [Place]
    private let settings: [SiteSettings]
    private let table: SiteTable
    /// One site that takes every request: nothing has to be looked up.
    private let isSingle: Bool

    /// A site whose settings are those of one in `former` is that one, cache included.
    init(_ settings: [SiteSettings], names: RouteNames, former: Sites? = nil) {
        self.settings = settings
        places = settings.map { site in
            former?.place(of: site)
                ?? Place(
                    site: StaticSite(site), label: Label(Self.label(of: site)),
                    row: names.row(of: Self.label(of: site)), directory: site.directory, errorPages: ErrorPages(site))
        }
        table = SiteTable(settings)
        isSingle = settings.count == 1 && settings[0].hosts.isEmpty && settings[0].paths.isEmpty
    }

    func shrinkCaches() { for place in places { place.site.shrinkCache() } }

    func restoreCaches() { for place in places { place.site.restoreCache() } }

    private func place(of site: SiteSettings) -> Place? { settings.firstIndex(of: site).map { places[$0] } }

    /// Which of `places` answers; notes in the head where it lies. Nil where none takes the request.
    func select(_ head: RequestHead) -> Int? {
        if isSingle { return 0 }
        let match = head.withWholePath { table.match(path: $0, host: head.hostBytes) }
        guard let match else { return nil }
        head.mountLength = match.prefixLength
        return match.site
    }

    /// The site at that host and path, without a request.
    func site(host: String, path: String) -> StaticSite? {
        if isSingle { return places[0].site }
        return Array(path.utf8).withUnsafeBytes { path in
            Array(host.utf8).withUnsafeBytes { host in table.match(path: path, host: host) }
        }.map { places[$0.site].site }
    }

    /// The page for an error of ours, by the site that lies at the request's host and path.
    func errorPage(_ status: Int, for exchange: Exchange) -> ErrorPage? {
        let head = exchange.head
        let index = isSingle ? 0 : head.withWholePath { table.match(path: $0, host: head.hostBytes)?.site }
        return index.flatMap { places[$0].errorPages?.page(status, now: .now()) }
    }

    /// `static`, or with what tells the site from others: `static docs.example.com/guide/*`.
    static func label(of site: SiteSettings) -> String {
        let place = site.hosts.joined(separator: ",") + site.paths.map(\.description).joined(separator: ",")
        return place.isEmpty ? "static" : "static \(place)"
    }
}
