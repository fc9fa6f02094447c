// A site behind a listener of its own, whose cache can be looked into.
import PorticoConfig
import PorticoCore
import PorticoHTTP
import PorticoStatic
import PorticoTesting
import Testing

final class WatchedSite {
    let files: TempFolderPart
    let counters: SiteCounters
    private let wire: WireServer
    private let folder: TempSite
    private let site: StaticSite

    private init(_ folder: TempSite, _ wire: WireServer, _ site: StaticSite) {
        self.folder = folder
        self.wire = wire
        self.site = site
        counters = site.counters
        files = folder.files
    }

    static func serving(
        _ folder: TempSite, isolation: isolated (any Actor)? = #isolation,
        _ change: (inout SiteSettings) -> Void = { _ in }, _ body: (WatchedSite) async throws -> Void
    ) async throws {
        var settings = folder.configuration
        change(&settings.site)
        let site = StaticSite(settings.site)
        let wire = try await WireServer.start(settings.server) { _ in SiteHandler(site) }
        do {
            try await body(WatchedSite(folder, wire, site))
        } catch {
            await wire.stop()
            throw error
        }
        await wire.stop()
    }

    var port: Int { wire.port }

    func get(_ path: String, encoding: String = "identity") throws -> RawResponse {
        try RawClient(port).exchange("GET \(path) HTTP/1.1\r\nHost: a\r\nAccept-Encoding: \(encoding)\r\n\r\n")
    }

    /// Whether the system reports changes to this site. It has a bounded number of such reports for all tests that run at a time: one
    /// may have to wait for others to end. It costs a file read for each look.
    func isReportedTo() throws -> Bool {
        var looks = 0
        return try Self.soon(.seconds(180)) {
            looks += 1
            files.write("look\(looks).txt", "x")
            _ = try get("/look\(looks).txt")
            return site.cacheState(of: Array("/look\(looks).txt".utf8))?.isWatched == true
        }
    }

    /// Asks until the answer is right. That this takes less than a second is shown where nothing else runs: by
    /// `scripts/conformance`.
    func soon(_ path: String, encoding: String = "identity", _ isRight: (RawResponse) -> Bool) throws -> Bool {
        try Self.soon(.seconds(60)) { try isRight(get(path, encoding: encoding)) }
    }

    static func soon(_ time: Duration, _ isDone: () throws -> Bool) rethrows -> Bool {
        let end = MonotonicTime.now() + Interval(time)
        while try !isDone() {
            guard .now() < end else { return false }
            RawClient.sleep(.milliseconds(10))
        }
        return true
    }
}

private final class SiteHandler: ExchangeHandler {
    private let site: StaticSite

    init(_ site: StaticSite) { self.site = site }

    func answer(_ exchange: Exchange) { site.answer(exchange) { _ in false } }
    func record(_ exchange: Exchange) {}
    func tick(_ now: MonotonicTime) -> Bool { false }
}
