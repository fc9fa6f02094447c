// `[static]`: a directory that is served.
package import PorticoCore

package struct SiteSettings: Sendable, Equatable {
    /// Lower case; empty means any host. `*.example.com` covers each subdomain.
    package var hosts: [String] = []
    /// Prefixes under which the site lies; its files are found by what is left of a path. Empty: the whole host.
    package var paths: [PathPattern] = []
    /// Absolute.
    package var directory = "./public"
    /// The file, relative to `directory`, that answers navigations to paths that do not exist; empty: none.
    package var fallback = "index.html"
    package var index = ["index.html"]
    /// Whether a folder without an index file shows what is in it.
    package var listing = false
    /// Which files tell of errors; a default that does not exist is not missed.
    package var errorPages = [ErrorPageRule(404, "404.html")]
    package var cacheSize = ByteSize.mebibytes(32)
    /// Whether `file.br`, `file.zst` and `file.gz` beside a file are served in its place.
    package var precompressed = true
    package var compression = SiteCompression()
    /// The first whose pattern matches the path sets `Cache-Control`.
    package var cacheControl: [CacheControlRule] = []
    /// Of all whose pattern matches the path; the first that names a field sets it.
    package var headers: [SiteHeaderRule] = []
    /// Media types by extension, without the dot and in lower case; the built-in ones come after.
    package var mimeTypes: [String: String] = [:]
    package var cleanURLs = false
    package var hiddenFiles = false
    package var followSymlinks = SymlinkPolicy.inside

    package init() {}
}

package struct SiteCompression: Sendable, Equatable {
    package var enabled = true
    /// In order of preference where a client takes several alike.
    package var encodings: [ContentCoding] = [.brotli, .zstd, .gzip]
    package var minSize = ByteSize.bytes(512)
    /// Media types without parameters; `text/*` covers a whole tree.
    package var types: [String] = SiteCompression.defaultTypes

    package static let defaultTypes = [
        "text/*", "application/javascript", "application/json", "application/manifest+json", "application/xml",
        "application/wasm", "application/ld+json", "application/rss+xml", "application/atom+xml", "image/svg+xml",
        "image/bmp", "image/x-icon", "font/ttf", "font/otf", "application/vnd.ms-fontobject",
    ]

    package init() {}
}

package enum SymlinkPolicy: String, Sendable, CaseIterable {
    case inside, never, always
}

package struct SiteHeaderRule: Sendable, Equatable {
    /// As in `CacheControlRule`.
    package var match: String
    package var set: [String: String]

    package init(match: String, set: [String: String]) {
        self.match = match
        self.set = set
    }
}

package struct CacheControlRule: Sendable, Equatable {
    /// Path pattern: exact, or with `*` standing for any run of characters.
    package var match: String
    package var value: String

    package init(match: String, value: String) {
        self.match = match
        self.value = value
    }
}
