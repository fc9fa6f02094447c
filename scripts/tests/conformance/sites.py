"""Which file an address names, and which no address may: navigations, redirects, hostile paths, types."""

import urllib.parse

from .rows import row
from .site import BUNDLES, PAGE

HTML = "text/html,application/xhtml+xml,*/*;q=0.8"
DEPLOYS, PATHS, TYPES = "Single-page sites and deploys", "Paths", "Types and fields"


@row(DEPLOYS, "The fallback answers navigations only: GET and HEAD, `Accept: text/html`, no extension")
def fallback(t):
    for path in ["/users/7", "/deep/er/link?x=1"]:
        for method in ["GET", "HEAD"]:
            answer = t.ask(method, path, Accept=HTML)
            t.status(answer, 200, f"{method} {path}")
            t.expect(answer.body == (PAGE if method == "GET" else b""), f"{path}: another page")
    t.status(t.get("/users/7"), 404, "without Accept")
    t.status(t.get("/users/7", Accept="application/json"), 404, "for JSON")
    t.status(t.ask("POST", "/users/7", Accept=HTML, Content_Length="0"), (404, 405), "POST")


@row(DEPLOYS, "A missing asset is a 404 with `no-store`, never HTML with 200")
def missing_asset(t):
    for path in ["/assets/app.9f3.js", "/assets/app.0123abcd.css", "/none.png", "/sub/none.json"]:
        for accept in [HTML, "*/*"]:
            answer = t.get(path, Accept=accept)
            t.status(answer, 404, path)
            t.expect("no-store" in (answer["Cache-Control"] or ""), f"{path}: Cache-Control {answer['Cache-Control']}")


@row(DEPLOYS, "HTML is `no-cache`, also as fallback; fingerprinted names are `immutable`; the rest is revalidated")
def cache_control(t):
    for path in ["/", "/sub/", "/users/7"]:
        got = t.get(path, Accept=HTML)["Cache-Control"]
        t.expect(got == "no-cache", f"{path}: {got}")
    for path in BUNDLES:
        got = t.get(path)["Cache-Control"] or ""
        t.expect("immutable" in got and "max-age" in got, f"{path}: {got}")
    for path in ["/style.css", "/numbers.bin"]:
        got = t.get(path)["Cache-Control"] or ""
        t.expect("immutable" not in got and ("no-cache" in got or "max-age=0" in got), f"{path}: {got}")


@row(DEPLOYS, "A directory without its slash: 308 with the query kept")
def directory_slash(t):
    answer = t.get("/sub?x=1&y=%2F")
    t.status(answer, 308, "/sub")
    found = urllib.parse.urlsplit(answer["Location"] or "")
    t.expect((found.path, found.query) in [("/sub/", "x=1&y=%2F"), ("sub/", "x=1&y=%2F")], f"Location: {answer['Location']}")


@row(DEPLOYS, "`//evil.example` never becomes a redirect to another host")
def no_open_redirect(t):
    t.site.put("evil.example/index.html", PAGE)
    for path in ["//evil.example", "///evil.example", "//evil.example/..", "/%2Fevil.example", "//evil.example/%2e%2e", "/\\evil.example", "//sub", "/sub//", "//evil.example?x", "/.//evil.example", "/x/..//evil.example"]:
        location = t.get(path, Accept=HTML)["Location"]
        if location is not None:
            host = urllib.parse.urljoin("http://site.test/", location.replace("\\", "/"))
            t.expect(urllib.parse.urlsplit(host).hostname == "site.test", f"{path} leads to {location}")


@row(DEPLOYS, "What static files do not take is 405 with `Allow`")
def methods(t):
    for method in ["POST", "PUT", "DELETE", "PATCH"]:
        answer = t.ask(method, "/style.css", Content_Length="0")
        t.status(answer, 405, method)
        t.expect(answer["Allow"], f"{method}: without Allow")
    t.status(t.ask("TRACE", "/style.css"), (405, 501), "TRACE")


def never_a_byte(t, path, wanted=(400, 404)):
    answer = t.get(path, Accept="*/*")
    t.expect(b"SECRET" not in answer.body, f"{path} shows what it must not")
    t.expect(answer.status in wanted, f"{path}: {answer.status}")


@row(PATHS, "`..`, plain, encoded, doubly encoded or with backslashes: 404 or 400, never a byte")
def traversal(t):
    ups = ["..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "..%00", "%c0%ae%c0%ae", "%uff0e%uff0e", "..;", "...", "%e0%80%ae%e0%80%ae"]
    separators = ["/", "%2f", "%5c", "\\", "%252f", "//", "%c0%af"]
    for up in ups:
        for separator in separators:
            for lead in ["/", "/sub/" + up + separator, "/assets/../"]:
                for depth in [1, 3]:
                    never_a_byte(t, lead + (up + separator) * depth + "secret.txt")
    never_a_byte(t, "/../site-other/secret.txt")
    never_a_byte(t, "/..%2fsite-other%2fsecret.txt")


@row(PATHS, "`%2F` and `%5C` are no separators; NUL, control bytes, bad escapes and overlong names are 404 or 400")
def names(t):
    for path in ["/sub%2Fpage.txt", "/sub%2fpage.txt", "/sub%5Cpage.txt", "/sub\\page.txt", "/style.css%00", "/style.css%00.txt", "/%zz", "/%", "/style.css%", "/%01", "/style.css/", "/style.css/x", "/" + "a" * 300, "/%ff%fe", "/" + "a/" * 1000]:
        answer = t.get(path, Accept="*/*")
        shown = path if len(path) < 40 else "an overlong path"
        t.expect(answer.status in (400, 404, 414), f"{shown}: {answer.status}")
    t.status(t.get("/gr%C3%BC%C3%9Fe%20dich.txt"), 200, "a name with umlauts and a space")


@row(PATHS, "Names that start with a dot are 404; `/.well-known` is served")
def hidden(t):
    t.site.put(".well-known/security.txt", b"Contact: https://site.test/\n")
    for path in ["/.secret", "/.git/config", "/%2esecret", "/.git/"]:
        never_a_byte(t, path)
    t.status(t.get("/.well-known/security.txt"), 200, "/.well-known")


@row(PATHS, "A symbolic link that leaves the root: 404 or 403, never a byte")
def links(t):
    for path in ["/link.txt", "/linked/secret.txt"]:
        never_a_byte(t, path, (403, 404))


@row(PATHS, "Pipes, sockets and devices: 404 or 403, at once")
def special_files(t):
    t.timeout = 2 * t.patience
    for name in ["pipe", "socket", "device", "zero"]:
        if not (t.site.root / name).is_symlink() and not (t.site.root / name).exists():
            continue
        try:
            answer = t.get("/" + name)
            t.expect(answer.status in (403, 404) and len(answer.body) < 1 << 16, f"{name}: {answer.status}, {len(answer.body)} bytes")
        except (TimeoutError, ConnectionError) as error:
            t.expect(False, f"{name}: {'hangs' if isinstance(error, TimeoutError) else 'no answer'}")
    t.timeout = 5 * t.patience
    t.status(t.get("/style.css"), 200, "a file afterwards")


TEXTS = {"html": "text/html", "css": "text/css", "js": "text/javascript", "mjs": "text/javascript", "txt": "text/plain"}
OTHERS = {
    "json": {"application/json"}, "svg": {"image/svg+xml"}, "xml": {"text/xml", "application/xml"}, "wasm": {"application/wasm"},
    "webmanifest": {"application/manifest+json"}, "png": {"image/png"}, "ico": {"image/x-icon", "image/vnd.microsoft.icon"},
    "pdf": {"application/pdf"}, "webp": {"image/webp"},
}  # fmt: skip


@row(TYPES, "The type follows from the extension (RFC 9239 for scripts), text with `charset=utf-8`")
def types(t):
    for extension, wanted in TEXTS.items():
        answer = t.get(f"/types/a.{extension}")
        t.expect(answer.kind == wanted, f".{extension}: {answer['Content-Type']}")
        t.expect("charset=utf-8" in (answer["Content-Type"] or "").lower(), f".{extension} without charset")
    for extension, wanted in OTHERS.items():
        answer = t.get(f"/types/a.{extension}")
        t.expect(answer.kind in wanted, f".{extension}: {answer['Content-Type'] or 'none'}")
    answer = t.get("/types/a.unknownext")
    t.expect(answer.kind in ("application/octet-stream", ""), f"unknown: {answer['Content-Type']}")


@row(TYPES, "`X-Content-Type-Options: nosniff`, on files and on errors")
def nosniff(t):
    for path in ["/", "/style.css", "/types/a.unknownext", "/numbers.bin", "/none.js", "/sub", "/%zz"]:
        for method in ["GET", "HEAD", "DELETE"]:
            for fields in [{}, {"Accept_Encoding": "gzip"}, {"Range": "bytes=0-9"}, {"If_Match": '"other"'}]:
                answer = t.ask(method, path, **fields)
                t.expect(answer.all("X-Content-Type-Options") == ["nosniff"], f"{answer.status} to {method}")
