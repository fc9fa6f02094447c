// A folder's listing as a page for people and as JSON for programs. Pure; nothing to load, readable on a phone and in the
// dark.
import PorticoConfig

struct ListingPage: Sendable {
    let folder: ListedFolder
    let order: ListingOrder
    /// The request's path from the host's root on, escaped as it was sent; ends in a slash.
    let path: String
    /// Segments of that path that name the place of the site: there is no listing above it.
    let mountDepth: Int

    // MARK: JSON

    var json: String {
        let entries = folder.entries.map { entry in
            "{\"name\":\(JSONText.quoted(ListingText.shown(entry.name))),"
                + "\"type\":\"\(entry.isFolder ? "directory" : "file")\",\"size\":\(entry.size),"
                + "\"modified\":\"\(ListingText.instant(entry.modified))\","
                + "\"href\":\"\(ListingText.href(entry.name, isFolder: entry.isFolder))\"}"
        }
        return "{\"path\":\(JSONText.quoted(path)),\"truncated\":\(folder.isCut),\"entries\":["
            + entries.joined(separator: ",") + "]}\n"
    }

    // MARK: HTML

    var html: String {
        let segments = path.split(separator: "/").map { ListingText.html(ListingText.shown(Self.decoded($0))) }
        let title = segments.last ?? "/"
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>\(title)</title>
            <meta name="viewport" content="width=device-width,initial-scale=1">
            <style>\(Self.style)</style></head><body>
            <svg width="0" height="0" aria-hidden="true"><defs>\(Self.icons)</defs></svg>
            <main><nav aria-label="Folders">\(breadcrumbs(segments))</nav>
            <table><thead><tr>\(columns)</tr></thead><tbody>
            \(segments.count > mountDepth ? Self.parent : "")\(folder.entries.map(row).joined())</tbody></table>
            <footer>\(summary)</footer></main></body></html>

            """
    }

    private func breadcrumbs(_ segments: [String]) -> String {
        var parts: [String] = []
        for depth in mountDepth...max(mountDepth, segments.count) {
            let name = depth == 0 ? "Home" : depth <= segments.count ? segments[depth - 1] : ""
            let ups = segments.count - depth
            parts.append(
                ups <= 0
                    ? "<b aria-current=\"page\">\(name)</b>"
                    : "<a href=\"\(String(repeating: "../", count: ups))\">\(name)</a>")
        }
        return parts.joined(separator: "<i>/</i>")
    }

    private var columns: String {
        let heads: [(ListingOrder.Key, String)] = [(.name, "Name"), (.size, "Size"), (.modified, "Modified")]
        return heads.map { key, title in
            let isCurrent = key == order.key
            let sort = isCurrent ? " aria-sort=\"\(order.isDescending ? "descending" : "ascending")\"" : ""
            let arrow = isCurrent ? (order.isDescending ? " \u{2193}" : " \u{2191}") : ""
            return "<th scope=\"col\"\(sort)><a href=\"\(order.query(for: key))\">\(title)\(arrow)</a></th>"
        }.joined()
    }

    private static let parent = """
        <tr><td><a href="../"><svg><use href="#u"/></svg><span>Parent folder</span></a></td><td></td><td></td></tr>

        """

    private func row(_ entry: ListedEntry) -> String {
        let name = ListingText.html(ListingText.shown(entry.name))
        let instant = ListingText.instant(entry.modified)
        return """
            <tr><td><a href="\(ListingText.href(entry.name, isFolder: entry.isFolder))">\
            <svg><use href="#\(entry.isFolder ? "d" : "f")"/></svg><span>\(name)\(entry.isFolder ? "/" : "")</span></a></td>\
            <td>\(entry.isFolder ? "" : "<data value=\"\(entry.size)\">\(ListingText.size(entry.size))</data>")</td>\
            <td><time datetime="\(instant)">\(ListingText.minute(entry.modified))</time></td></tr>

            """
    }

    private var summary: String {
        let folders = folder.entries.count(where: \.isFolder)
        let files = folder.entries.count - folders
        let total = folder.entries.reduce(0) { $0 &+ $1.size }
        func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
        var text = "\(count(folders, "folder")), \(count(files, "file"))"
        if files > 0 { text += ", \(ListingText.size(total))" }
        guard folder.isCut else { return text + ". Times are UTC." }
        return
            "<strong>Only the first \(folder.entries.count) entries that the disk gave are shown.</strong> \(text). Times are UTC."
    }

    private static func decoded(_ segment: Substring) -> [UInt8] {
        let bytes = Array(segment.utf8)
        var out: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x25, index + 2 < bytes.count,
                let byte = UInt8(String(decoding: bytes[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
            {
                out.append(byte)
                index += 3
            } else {
                out.append(bytes[index])
                index += 1
            }
        }
        return out
    }

    private static let icons = """
        <symbol id="d" viewBox="0 0 20 20"><path d="M2 5.5A1.5 1.5 0 0 1 3.5 4h4l2 2h7A1.5 1.5 0 0 1 18 7.5v7a1.5 1.5 0 0 1\
        -1.5 1.5h-13A1.5 1.5 0 0 1 2 14.5z" fill="currentColor"/></symbol>\
        <symbol id="f" viewBox="0 0 20 20"><path d="M5 2.75h6.5L16 7.25v10H5zm6.5 0v4.5H16" fill="none" \
        stroke="currentColor" stroke-width="1.5" stroke-linejoin="round"/></symbol>\
        <symbol id="u" viewBox="0 0 20 20"><path d="M10 16V5m-4.5 4.5L10 5l4.5 4.5" fill="none" \
        stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"/></symbol>
        """

    private static let style = """
        :root{color-scheme:light dark;--b:#fafaf9;--c:#fff;--f:#1c1917;--m:#6b6560;--l:#e7e4e0;--h:#f3f1ee;--a:#c2410c}\
        @media(prefers-color-scheme:dark){:root{--b:#171514;--c:#1f1c1a;--f:#f0edea;--m:#a8a29e;--l:#332f2b;--h:#282421;\
        --a:#fb923c}}\
        *{box-sizing:border-box;margin:0}\
        body{background:var(--b);color:var(--f);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}\
        body>svg{position:absolute}main{max-width:60rem;margin:0 auto;padding:2rem 1.25rem 3rem}\
        nav{font-size:1.25rem;overflow-wrap:anywhere;margin-bottom:1.25rem}\
        nav i{font-style:normal;color:var(--m);padding:0 .4rem}nav b{font-weight:650}\
        a{color:inherit;text-decoration:none}nav a{color:var(--a)}a:hover span,nav a:hover,th a:hover{text-decoration:underline}\
        a:focus-visible{outline:2px solid var(--a);outline-offset:2px;border-radius:3px}\
        table{width:100%;border-collapse:separate;border-spacing:0;background:var(--c);border:1px solid var(--l);\
        border-radius:.75rem;overflow:hidden}\
        th{text-align:left;font-size:.8125rem;font-weight:600;color:var(--m);padding:.65rem 1rem;border-bottom:1px solid var(--l)}\
        td{padding:0 1rem;border-bottom:1px solid var(--l);color:var(--m);font-size:.875rem;white-space:nowrap;\
        font-variant-numeric:tabular-nums}\
        tbody tr:last-child td{border-bottom:0}tbody tr:hover{background:var(--h)}\
        td:first-child{width:100%;white-space:normal;padding:0}\
        td:first-child a{display:flex;gap:.7rem;align-items:center;padding:.6rem 1rem;color:var(--f);font-size:1rem;\
        overflow-wrap:anywhere}\
        td svg{flex:none;width:1.25rem;height:1.25rem;color:var(--m)}td a:has([href="#d"]) svg{color:var(--a)}\
        td:nth-child(2),th:nth-child(2){text-align:right}\
        footer{margin-top:1rem;font-size:.8125rem;color:var(--m)}footer strong{color:var(--f)}\
        @media(max-width:38rem){main{padding:1.25rem .75rem 2rem}nav{padding:0 .25rem}\
        th{padding:.6rem .75rem}th:nth-child(3){text-align:right}\
        tbody tr{display:grid;grid-template-columns:1fr auto;border-bottom:1px solid var(--l)}\
        tbody tr:last-child{border-bottom:0}td{border:0}thead,tbody{display:block}thead tr{display:flex;\
        justify-content:space-between;border-bottom:1px solid var(--l)}th{border:0}\
        table{display:block}td:first-child{grid-column:1/3}td:first-child a{padding:.65rem .75rem .1rem}\
        td:nth-child(2){grid-column:2;grid-row:2;padding:0 .75rem .55rem}\
        td:nth-child(3){grid-column:1;grid-row:2;padding:0 .75rem .55rem 2.7rem}\
        td{font-size:.8125rem}footer{padding:0 .25rem}}
        """
}
