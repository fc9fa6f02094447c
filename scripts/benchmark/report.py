"""Figures as Markdown, and into docs/benchmarks.md."""

import json
import re

NAMES = {"portico": "Portico", "nginx": "nginx", "haproxy": "HAProxy", "caddy": "Caddy", "relay": "bare relay"}
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"


def markdown(results):
    servers = list(results["servers"])
    parts = [heading(results)]
    loaded = {name: row for name, row in results["rows"].items() if any("cpu_us" in m for m in row["median"].values())}
    if loaded:
        parts.append("### CPU time of the server per request, in µs\n\n" + cpu_table(loaded, servers))
        parts.append("### Throughput and latency\n\n" + load_table(loaded, servers))
    if lines := thousands(results):
        parts.append("### A thousand instead of one, as multiples of its CPU time per request\n\n" + table(["", *(NAMES[s] for s in servers), "goal"], lines))
    if lines := plain_lines(results):
        parts.append("### Memory, start, size\n\n" + table(["", *(NAMES[s] for s in servers)], lines))
    if notes := left_out(results):
        parts.append("Not measured: " + "; ".join(notes) + ".")
    return "\n\n".join(parts) + "\n"


def heading(results):
    machine = results["machine"]
    versions = ", ".join(f"{NAMES[name]} {about['version'].removeprefix('portico ')}" for name, about in results["servers"].items())
    share = results.get("disturbed")
    quiet = f" Other work took {share['median']:.0%} of the machine's time (at worst {share['worst']:.0%})." if share else ""
    if share and share["median"] > 0.05:
        quiet += " **That is too much for figures to be trusted.**"
    return (
        f"Measured {results['date']} on {machine['system']}, {machine['architecture']}, {machine['cores']} cores, "
        f"{machine['memory_gib']} GiB: {versions}. Medians of {results['rounds']} round(s) of {results['seconds']} s.{quiet}"
    )


def table(head, lines):
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, rule, *lines])


def cpu_table(rows, servers):
    lines = []
    for row in rows.values():
        figures = {name: row["median"][name]["cpu_us"] for name in servers if name in row["median"]}
        line = [row["title"], *(f"{figures[name]:.1f}" if name in figures else "–" for name in servers)]
        if "portico" in servers:
            line += [ratio(figures, "nginx"), ratio(figures, "haproxy")]
            line.append(f"≤ {row['goal']:.2f}" if row["goal"] else "")
        lines.append(line)
    head = ["work", *(NAMES[name] for name in servers)]
    return table(head + (["Portico / nginx", "Portico / HAProxy", "goal"] if "portico" in servers else []), lines)


def ratio(figures, other):
    both = "portico" in figures and figures.get(other)
    return f"{figures['portico'] / figures[other]:.2f}" if both else "–"


def load_table(rows, servers):
    lines = []
    for row in rows.values():
        for name in servers:
            if median := row["median"].get(name):
                lines.append([row["title"], NAMES[name], f"{median['rate']:,.0f}", milliseconds(median["p50_us"]), milliseconds(median["p99_us"])])
    return table(["work", "server", "requests/s", "p50 ms", "p99 ms"], lines)


def milliseconds(us):
    return "–" if us is None else f"{us / 1000:.2f}"


def thousands(results):
    lines = []
    for name, title in {"proxy-routes": "routes", "proxy-targets": "targets of a route"}.items():
        row = results["rows"].get(name, {}).get("median", {})
        if row:
            lines.append([f"1,000 {title}", *(f"{row[s]['times_one']:.2f}" if s in row else "–" for s in results["servers"]), "≤ 1.10"])
    return lines


def plain_lines(results):
    servers, rows, lines = results["servers"], results["rows"], []

    def line(title, values):
        if any(value is not None for value in values):
            lines.append([title, *("–" if value is None else value for value in values)])

    def median(row, key, form):
        found = [rows.get(row, {}).get("median", {}).get(name) for name in servers]
        return [form(m[key]) if m and m[key] is not None else None for m in found]

    kib = lambda value: f"{value / 1024:.0f} KiB"
    mib = lambda value: f"{value / 1048576:.1f} MiB"
    line("start to the first answered request", median("start", "start_ms", lambda v: f"{v:.0f} ms"))
    line("RSS after start", median("memory", "rss_start", mib))
    line("the same with shared pages counted once (PSS)", median("memory", "pss_start", mib))
    line(f"RSS per idle connection ({results['idle_connections']:,} open)", median("memory", "rss_per_connection", lambda v: f"{v / 1024:.1f} KiB"))
    line("RSS ten seconds after they closed", median("memory", "rss_after_close", mib))
    line("RSS per proxied stream of 100 MiB, at most", median("stream-memory", "rss_per_stream", kib))
    line("the same where clients stopped taking", median("stream-memory", "rss_per_held_stream", kib))
    line("RSS after all loads above", [mib(s["rss_after_load"]) if s.get("rss_after_load") else None for s in servers.values()])
    if lines:
        line("size of the binary file", [mib(s["binary_bytes"]) for s in servers.values()])
    return lines


def left_out(results):
    titles = {}
    for row in results["rows"].values():
        for name, reason in row["skipped"].items():
            if reason not in ("serves no files", "no other routes to put in front"):
                titles.setdefault((name, reason), []).append(row["title"])
    return [f"{NAMES[name]} ({reason}): {', '.join(rows)}" for (name, reason), rows in titles.items()]


def write(root, results):
    """Puts the tables between the markers of docs/benchmarks.md and the raw figures beside it."""
    raw = root / "docs/bench" / f"raw-{results['date']}.json"
    number = 1
    while raw.exists():
        number += 1
        raw = root / "docs/bench" / f"raw-{results['date']}-{number}.json"
    raw.parent.mkdir(parents=True, exist_ok=True)
    raw.write_text(json.dumps(results, indent=1) + "\n")
    page = root / "docs/benchmarks.md"
    text = page.read_text()
    if BEGIN not in text or END not in text:
        raise SystemExit(f"bench: {page} has no {BEGIN} and {END}; the figures are in {raw}")
    figures = f"{BEGIN}\n{markdown(results)}\nEvery single measurement: [{raw.name}](bench/{raw.name}).\n{END}"
    page.write_text(re.sub(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: figures, text, flags=re.S))
    return page.relative_to(root), raw.relative_to(root)
