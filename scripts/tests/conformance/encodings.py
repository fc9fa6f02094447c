"""Which encoding an answer has, and that there is never one too many."""

import time

from .beat import BEAT
from .rows import row
from .site import SCRIPT, TEXT

CODED = "gzip, br, zstd"
ENCODINGS = "Encodings"


@row(ENCODINGS, "`Vary: Accept-Encoding` wherever the encoding was negotiable, coded or not")
def vary(t):
    for name in ["/style.css", "/ready.css", "/"]:
        for fields in [{}, {"Accept_Encoding": "gzip"}, {"Accept_Encoding": "identity"}]:
            answer = t.get(name, **fields)
            t.expect(answer.varies(), f"none on the {answer.coding} answer for {name}")


@row(ENCODINGS, "Weights decide: `q=0` is never sent, the greatest wins, `*` stands for the rest")
def weights(t):
    for name in ["/style.css", "/ready.css"]:
        for accepted, wanted in [
            ("gzip", {"gzip"}), ("x-gzip", {"gzip", "identity"}), ("GZIP", {"gzip"}), ("gzip;q=0", {"identity"}), ("gzip;q=0, *", {"br", "zstd", "identity"}),
            ("*", {"gzip", "br", "zstd", "identity"}), ("*;q=0, gzip", {"gzip"}), ("br;q=0.1, gzip;q=0.9", {"gzip"}), ("zstd;q=0.1, gzip;q=0.9", {"gzip"}),
            ("gzip;q=0.5, identity", {"identity"}), ("identity;q=0, gzip;q=0.1", {"gzip"}), ("deflate", {"identity"}), ("", {"identity"}), ("gzip ; q=1.0", {"gzip"}),
        ]:  # fmt: skip
            answer = t.get(name, Accept_Encoding=accepted)
            t.expect(answer.status == 200 and answer.coding in wanted, f"`{accepted}` gets {answer.coding} of {name}")


@row(ENCODINGS, "`identity;q=0` and `*;q=0` without a coding we have: 406, or the plain file as RFC 9110 allows; never a coding that was not asked for")
def no_identity(t):
    for accepted in ["identity;q=0", "*;q=0"]:
        answer = t.get("/numbers.bin", Accept_Encoding=accepted)
        t.expect(answer.status == 406 or (answer.status == 200 and answer.coding == "identity"), f"`{accepted}`: {answer.status} {answer.coding}")


@row(ENCODINGS, "Text is encoded on the way: gzip, zstd and brotli")
def on_the_way(t):
    for coding in ["gzip", "zstd", "br"]:
        answer = t.get("/style.css", Accept_Encoding=coding)
        if t.expect(answer.coding == coding, f"no {coding}") and coding == "gzip":
            t.expect(answer.plain() == TEXT, "other bytes")


@row(ENCODINGS, "Sidecar files are served in each coding, unless they are older than their file")
def sidecars(t):
    wanted = {"gzip": ".gz", "br": ".br", "zstd": ".zst"}
    for coding, extension in wanted.items():
        for name in ["ready.css", "stale.css"]:
            answer = t.get("/" + name, Accept_Encoding=coding)
            is_sidecar = answer.coding == coding and answer.body == (t.site.root / (name + extension)).read_bytes()
            t.expect(is_sidecar == (name == "ready.css"), f"{coding}: {'not served' if name == 'ready.css' else 'served though it is older'}")


@row(ENCODINGS, "Never twice: what is coded by its name or type is sent as it is, with that type")
def never_twice(t):
    for name in ["photo.png", "photo.jpg", "font.woff2", "film.mp4", "pack.zip", "pack.gz"]:
        answer = t.get("/coded/" + name, Accept_Encoding=CODED)
        t.expect(answer.status == 200 and answer.coding == "identity" and answer.body == TEXT, f"{name}: {answer.coding}")


@row(ENCODINGS, "Never for tiny bodies, nor for empty ones")
def tiny(t):
    for name, body in [("/tiny.txt", b"tiny"), ("/empty.txt", b"")]:
        answer = t.get(name, Accept_Encoding=CODED)
        t.expect(answer.coding == "identity" and answer.body == body, f"{name}: {answer.coding}")


@row(ENCODINGS, "Never for `no-transform`")
def no_transform(t):
    answer = t.get("/private/letter.txt", Accept_Encoding=CODED)
    t.expect("no-transform" in (answer["Cache-Control"] or ""), f"Cache-Control: {answer['Cache-Control']}")
    t.expect(answer.coding == "identity" and answer.body == TEXT, f"encoded: {answer.coding}")


@row(ENCODINGS, "A script of 200 KiB comes at once, in a quick encoding; its best one is made behind that and served from then on")
def best_variant(t):
    quick = {}
    for coding in ["gzip", "br", "zstd"]:
        name = f"bundle.{coding}.js"
        t.site.put(name, SCRIPT)
        answer = t.get("/" + name, Accept_Encoding=coding)
        t.expect(answer.seconds < 0.25 * t.patience, f"{coding}: {answer.seconds * 1000:.0f} ms")
        quick[coding] = answer
    end = BEAT.now() + 20 * t.patience
    for coding, first in quick.items():
        if first.coding != coding:
            t.expect(False, f"no {coding}")
            continue
        while True:
            answer = t.get(f"/bundle.{coding}.js", Accept_Encoding=coding)
            if answer["ETag"] != first["ETag"] or BEAT.now() > end:
                break
            time.sleep(0.1)
        t.expect(len(answer.body) < len(first.body) * 0.97 and answer["ETag"] != first["ETag"], f"{coding}: stays at {len(first.body)} bytes")
