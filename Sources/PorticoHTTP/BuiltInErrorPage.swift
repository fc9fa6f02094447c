// The page that tells a person of an error where the site has none of its own: small, readable on a phone and in the dark,
// without anything to load.

/// `message` and `title` are constants of ours; nothing of the request goes into a page but its id.
enum BuiltInErrorPage {
    static let policy =
        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\r\n"

    static func json(status: Int, title: String, message: String, id: String) -> String {
        #"{"error":{"status":\#(status),"title":"\#(title)","message":"\#(message)","request_id":"\#(id)"}}"# + "\n"
    }

    static func html(status: Int, title: String, message: String, id: String) -> String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><title>\(status) \(title)</title>
        <meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">
        <style>\(style)</style></head>
        <body><main><p class="s">\(status)</p><h1>\(title)</h1><p>\(message)</p>
        <footer>Request <code>\(id)</code></footer></main></body></html>

        """
    }

    private static let style = """
        :root{color-scheme:light dark;--b:#fafaf9;--f:#1c1917;--m:#6b6560;--l:#e2dfdb;--a:#c2410c}\
        @media(prefers-color-scheme:dark){:root{--b:#171514;--f:#f0edea;--m:#a8a29e;--l:#37322e;--a:#fb923c}}\
        *{box-sizing:border-box;margin:0}\
        body{min-height:100vh;min-height:100dvh;display:grid;place-items:center;padding:1.5rem;background:var(--b);\
        color:var(--f);font:1rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}\
        main{width:100%;max-width:30rem}\
        .s{font-size:clamp(3.5rem,18vw,5.5rem);line-height:1;font-weight:700;letter-spacing:-.04em;color:var(--a)}\
        h1{font-size:1.5rem;line-height:1.3;margin:.6rem 0 .3rem}\
        p{color:var(--m)}p.s{margin:0}\
        footer{margin-top:2rem;padding-top:1rem;border-top:1px solid var(--l);font-size:.8125rem;color:var(--m)}\
        code{font:.8125rem ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere;color:var(--f)}
        """
}
