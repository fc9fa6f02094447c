// The keys of `[static]`.
import PorticoCore

extension Schema {
    static let site = SectionSchema(
        SiteSettings(),
        [
            SchemaKey(
                "host", .oneOrMore(.hostPattern), \.hosts, "Only these hosts; `*.example.com` covers each subdomain."),
            SchemaKey(
                "path", .oneOrMore(.sitePath), \.paths,
                "Only below these prefixes, such as \"/docs/*\"; the prefix is dropped to find the file."),
            SchemaKey("directory", .path, \.directory, "The directory that is served."),
            SchemaKey(
                "fallback", .siteFile, \.fallback,
                "The file that answers navigations to paths that do not exist (single-page apps); \"\" for none."),
            SchemaKey("index", .list(.fileName), \.index, "Files that answer for a directory, the first that exists."),
            SchemaKey(
                "listing", .boolean, \.listing, "Show what is in a directory without an index file; JSON by `Accept`."),
            SchemaKey(
                "error_pages", .errorPages, \.errorPages,
                "Files that tell of errors, by status or \"4xx\" and \"5xx\"; also for those of routes."),
            SchemaKey(
                "cache_size", .size(), \.cacheSize,
                "Memory for small files and their compressed variants; 0 keeps none."),
            SchemaKey(
                "precompressed", .boolean, \.precompressed,
                "Serve `file.br`, `file.zst` or `file.gz` beside `file` in its place."),
            SchemaKey(
                "cache_control", .list(.cacheRule), \.cacheControl,
                "Rules for `Cache-Control`: the first whose `match` fits the path."),
            SchemaKey(
                "headers", .list(.siteHeaderRule), \.headers,
                "Header fields for files: all rules whose `match` fits; the first that names a field sets it."),
            SchemaKey(
                "mime_types", .mediaTypes, \.mimeTypes, "Media types by extension, before the built-in ones."),
            SchemaKey(
                "clean_urls", .boolean, \.cleanURLs,
                "Serve `about.html` as `/about`; `/about.html`, `/about/` and `/index.html` lead to the short address."),
            SchemaKey("hidden_files", .boolean, \.hiddenFiles, "Serve dotfiles. `/.well-known` is always served."),
            SchemaKey(
                "follow_symlinks", .choice(), \.followSymlinks,
                "Follow symbolic links that stay inside the directory, none, or all."),
            SchemaKey("compression", table: siteCompression, \.compression, "Compression of what is served plain."),
        ] + policies())

    static let siteCompression = SectionSchema(
        SiteCompression(),
        [
            SchemaKey("enabled", .boolean, \.enabled, "Whether files are compressed on the way."),
            SchemaKey(
                "encodings", .list(.choice()), \.encodings,
                "Codings in order of preference where a client takes several alike."),
            SchemaKey("min_size", .size(), \.minSize, "Smaller files are sent as they are."),
            SchemaKey(
                "types", .list(.mediaType), \.types, "Media types worth compressing; `text/*` covers a whole tree."),
        ])

    static let cacheRule = SectionSchema(
        CacheControlRule(match: "", value: ""),
        [
            SchemaKey(
                "match", .cachePattern, \.match, "A path; `*` stands for any run of characters."),
            SchemaKey("value", .text(), \.value, "The header's value."),
        ])

    static let siteHeaderRule = SectionSchema(
        SiteHeaderRule(match: "", set: [:]),
        [
            SchemaKey("match", .cachePattern, \.match, "A path; `*` stands for any run of characters."),
            SchemaKey("set", .fileHeaders, \.set, "The fields, by name. They take the place of Portico's own."),
        ])
}
