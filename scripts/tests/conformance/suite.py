"""Runs the rows against a server and writes the table."""

import pathlib
import subprocess

from . import changes, encodings, lint, sites, validators  # noqa: F401: they register their rows
from .rows import ROWS, judge
from .servers import CONFIGURATIONS, ROOT, Running, program
from .site import Site

TITLES = {"portico": "Portico", "nginx": "nginx", "caddy": "Caddy"}
CHAPTERS = ["Validators and conditions", "Ranges", "Encodings", "Single-page sites and deploys", "Paths", "Files that change", "Types and fields"]
NOTES_EACH = 4
# What a server does not set out to do, by the name of the check.
NOT_BUILT_FOR = {
    ("on_the_way", "nginx"): "Debian has no zstd module",
    ("on_the_way", "caddy"): "brotli is no part of Caddy, but for sidecars",
    ("sidecars", "nginx"): "whoever makes sidecars keeps them fresh; there is no module for zstd",
    ("sidecars", "caddy"): "whoever makes sidecars keeps them fresh",
    ("best_variant", "nginx"): "nginx encodes each answer anew, at one level; the best one is a matter of sidecars",
    ("best_variant", "caddy"): "Caddy encodes each answer anew, at one level; the best one is a matter of sidecars",
    ("nosniff", "caddy"): "Go answers a malformed request before Caddy sees it",
    ("directory_slash", "nginx"): "its redirect is a 301, which cannot be configured",
    ("links", "caddy"): "Caddy follows links wherever they lead, by design",
    ("ranges_are_plain", "nginx"): "ranges of a sidecar are ranges of the coded form, which RFC 9110 allows",
}


def chosen(only):
    return [name for name in CONFIGURATIONS if (name in only.split(",") if only else name == "portico" or program(name))]


def rows(holding=""):
    wanted = [row for row in ROWS if holding in row.text or holding in row.check.__name__]
    return sorted(wanted, key=lambda row: CHAPTERS.index(row.chapter))


def with_server(name, folder, holding="", patience=1.0):
    site = Site(pathlib.Path(folder) / f"{name}-files")
    site.make()
    server = Running(name, site, pathlib.Path(folder) / name)
    try:
        return {row: judge(server.port, site, row, patience) for row in rows(holding)}
    finally:
        server.end()


def against(port, root, holding=""):
    if any(root.iterdir()):
        raise SystemExit(f"conformance: {root} is not empty")
    site = Site(root.parent, root.name)
    site.make()
    return {row: judge(port, site, row) for row in rows(holding)}


def version(name):
    if name == "portico":
        return "this version"
    told = subprocess.run([program(name), "-v" if name == "nginx" else "version"], capture_output=True, text=True)
    return (told.stdout + told.stderr).strip().split()[-1 if name == "nginx" else 0].split("/")[-1]


def write(results):
    lines = [
        "# Static files: what holds, line by line",
        "",
        "Written by `scripts/conformance --write`: each row is checked over real sockets, against each server before the same site.",
        "nginx and Caddy are configured to do the same as far as their features and Debian's modules go (nginx with gzip, brotli and their static",
        "modules; Caddy with zstd, gzip and precompressed files): see `scripts/tests/conformance/servers.py`. A row that is missed names what was",
        "seen. Some rows are choices of Portico that another server does not set out to make; a miss there is a difference, not a fault.",
        "",
        "Versions: " + ", ".join(f"{TITLES[name]} {version(name)}" for name in results) + ".",
        "",
    ]
    notes = []
    for chapter in CHAPTERS:
        lines += ["", f"## {chapter}", "", "| | " + " | ".join(TITLES[name] for name in results) + " |", "|---|" + "---|" * len(results)]
        for row in [row for row in rows() if row.chapter == chapter]:
            cells = []
            for name, faults in results.items():
                faults = faults[row]
                if faults:
                    remark = NOT_BUILT_FOR.get((row.check.__name__, name))
                    notes.append(f"{TITLES[name]}: {told(faults)}" + (f" ({remark})" if remark else ""))
                cells.append(f"no [{len(notes)}](#what-was-seen)" if faults else "yes")
            lines.append(f"| {row.text} | " + " | ".join(cells) + " |")
    lines += ["", "## What was seen", ""] + [f"{number}. {note}" for number, note in enumerate(notes, 1)]
    total = len(rows())
    sums = ", ".join(f"{TITLES[name]} {sum(not faults[row] for row in faults)}" for name, faults in results.items())
    lines[8] = f"Of {total} rows hold: {sums}."
    (ROOT / "docs/static-conformance.md").write_text("\n".join(lines).rstrip() + "\n")


def told(faults):
    shown = "; ".join(fault.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*") for fault in faults[:NOTES_EACH])
    return shown + (f"; and {len(faults) - NOTES_EACH} more" if len(faults) > NOTES_EACH else "")
