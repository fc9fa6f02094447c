"""Files that change: fresh within a second, and never half of one taken for the whole."""

import os
import socket
import time

from .beat import BEAT
from .rows import row
from .wire import gzipped, read_answer, request

CHANGES = "Files that change"
LARGE = 24 << 20


def fresh(t, name, body, of, status=200):
    """Asks until the change is seen; a second is what the semantics allow, a tenth more is for the machine. What stands still with all
    that runs on it is not counted."""
    began = BEAT.now()
    while True:
        answers = [t.get(name, Accept_Encoding=coding) for coding in ["identity", "gzip"]]
        if all(answer.status == status and (status != 200 or answer.plain() == body) for answer in answers):
            return
        if BEAT.now() - began > 1.1 * t.patience:
            t.expect(False, f"{of}: not seen within a second")
            return
        time.sleep(0.05)


def warm(t, name):
    for _ in range(3):
        t.get(name)
        t.get(name, Accept_Encoding="gzip")


@row(CHANGES, "Replaced by renaming, rewritten in place, deleted, new: served fresh within a second, in every encoding")
def served_fresh(t):
    t.site.put("news.txt", b"first\n" * 500)
    warm(t, "/news.txt")
    t.site.replace("news.txt", b"second\n" * 500)
    fresh(t, "/news.txt", b"second\n" * 500, "renamed")
    warm(t, "/news.txt")
    t.site.put("news.txt", b"third!\n" * 500)
    fresh(t, "/news.txt", b"third!\n" * 500, "rewritten, same size")
    warm(t, "/news.txt")
    os.unlink(t.site.root / "news.txt")
    fresh(t, "/news.txt", b"", "deleted", 404)
    t.site.put("news.txt", b"fourth\n" * 500)
    fresh(t, "/news.txt", b"fourth\n" * 500, "new")


@row(CHANGES, "Sidecars that come, change or go are seen within a second")
def fresh_sidecars(t):
    def seen(body, of):
        end = BEAT.now() + 1.1 * t.patience
        while t.get("/side.css", Accept_Encoding="gzip").plain() != body:
            if not t.expect(BEAT.now() < end, f"{of}: not seen within a second"):
                return
            time.sleep(0.05)

    plain = b"a { color: red }\n" * 200
    t.site.put("side.css", plain)
    warm(t, "/side.css")
    for word in [b"one", b"two"]:
        t.site.replace("side.css.gz", gzipped(plain + word))
        seen(plain + word, f"sidecar {word.decode()}")
    os.unlink(t.site.root / "side.css.gz")
    seen(plain, "a sidecar that went")


@row(CHANGES, "A whole release swapped in by a link or by renaming directories is served from then on")
def swapped_directories(t):
    t.site.put("release/page.txt", b"old\n" * 300)
    t.site.put("release.new/page.txt", b"new\n" * 300)
    warm(t, "/release/page.txt")
    os.rename(t.site.root / "release", t.site.root / "release.old")
    os.rename(t.site.root / "release.new", t.site.root / "release")
    fresh(t, "/release/page.txt", b"new\n" * 300, "directories renamed")


def slowly(t, name, then):
    """Asks for a large file, lets `then` happen after the first bytes, and reads the rest."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        connection.settimeout(t.timeout)
        connection.connect(("127.0.0.1", t.port))
        connection.sendall(request("GET", name, {}))
        connection.recv(1, socket.MSG_PEEK)
        time.sleep(0.2)
        then()
        try:
            return read_answer(connection.makefile("rb"), "GET")
        except TimeoutError:
            return None


def block(number):
    return bytes([number]) * (1 << 20)


def large(t, name, number):
    return t.site.put(name, block(number) * (LARGE >> 20))


@row(CHANGES, "A file that shrinks while it is sent: the connection is cut at once; what came does not seem whole")
def shrinks(t):
    path = large(t, "shrinks.bin", 1)
    answer = slowly(t, "/shrinks.bin", lambda: os.truncate(path, 1 << 20))
    t.expect(answer is not None and not answer.stalled, "the client is left waiting")
    if answer is not None:
        t.expect(not answer.whole and len(answer.body) < LARGE, "the answer seems whole")
    fresh(t, "/shrinks.bin", block(1), "shrunk")


@row(CHANGES, "A file that grows while it is sent: its length as promised")
def grows(t):
    path = large(t, "grows.bin", 2)

    def grow():
        with open(path, "ab") as file:
            file.write(block(3))

    answer = slowly(t, "/grows.bin", grow)
    t.expect(answer is not None and answer.whole and answer.body.count(2) == LARGE == len(answer.body), "other bytes or another length")


@row(CHANGES, "A file that is replaced or deleted while it is sent: the old one to its end")
def replaced_while_sent(t):
    for then, of in [(lambda: t.site.replace("moves.bin", block(5) * 2), "replaced"), (lambda: os.unlink(t.site.root / "moves.bin"), "deleted")]:
        large(t, "moves.bin", 4)
        time.sleep(1.1)
        answer = slowly(t, "/moves.bin", then)
        t.expect(answer is not None and answer.whole and answer.body.count(4) == LARGE, of)
