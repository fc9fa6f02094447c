// `[[redirect]]`: where a path leads instead, for the client to ask again or, with status 200, within this server.

package struct RedirectSettings: Sendable, Equatable {
    /// A path; `*` stands for any run of characters.
    package var from = ""
    /// A path or an http URL; `$1` is what the first `*` stood for.
    package var to = ""
    package var status = 308
    /// Lower case; empty means any host.
    package var hosts: [String] = []

    package init() {}

    package init(from: String, to: String, status: Int = 308, hosts: [String] = []) {
        self.from = from
        self.to = to
        self.status = status
        self.hosts = hosts
    }

    /// An internal rewrite: the client sees the file under the path it asked for.
    package var isRewrite: Bool { status == 200 }

    package static let statuses = [200, 301, 302, 303, 307, 308]
}
