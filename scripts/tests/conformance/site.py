"""The site that all servers are asked for, and what lies around it that no server may show."""

import os
import pathlib
import socket
import stat

from .wire import gzipped

SECRET = b"SECRET: no byte of this may leave the machine\n"
TEXT = "".join(f"rule{number} {{ color: #{number * 7919 % 0xFFFFFF:06x}; margin: {number % 17}px }}\n" for number in range(400)).encode()
# 200 KiB of script with little repetition, as a bundle is.
SCRIPT = b"".join(b"function f%d(a,b){return a*%d+b.value%d||'%x'}\n" % (n, n * 7919 % 1009, n % 97, n * n * 2654435761 % (1 << 40)) for n in range(4300))[: 200 << 10]
PAGE = b"<!doctype html><title>sample</title><p>" + b"the page of the site, long enough to be worth a coding. " * 40
NUMBERS = bytes(range(256)) * 256
BUNDLES = {"/assets/app.3f2a1b9c.js": "javascript", "/assets/index-BfX3kQ9z.css": "css"}


class Site:
    """Below `folder`, so that files beside the root can be asked for in vain."""

    def __init__(self, folder, name="site"):
        self.folder = pathlib.Path(folder)
        self.root = self.folder / name
        self.root.mkdir(parents=True, exist_ok=True)

    def put(self, name, body):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return path

    def replace(self, name, body):
        beside = self.folder / "beside"
        beside.write_bytes(body)
        os.replace(beside, self.root / name)

    def make(self):
        self.put("index.html", PAGE)
        self.put("style.css", TEXT)
        self.put("numbers.bin", NUMBERS)
        self.put("script.js", SCRIPT)
        self.put("empty.txt", b"")
        self.put("tiny.txt", b"tiny")
        self.put("sub/index.html", PAGE + b"sub")
        self.put("sub/page.txt", b"page\n" * 300)
        self.put("private/letter.txt", TEXT)
        self.put("grüße dich.txt", b"hello\n" * 200)
        for name in BUNDLES:
            self.put(name[1:], TEXT)
        # Of a coded type, but text in truth: whoever looks at the bytes alone would pack it.
        for name in ["photo.png", "photo.jpg", "font.woff2", "film.mp4", "pack.zip", "pack.gz"]:
            self.put("coded/" + name, TEXT)
        for extension in ["html", "css", "js", "mjs", "json", "txt", "svg", "xml", "wasm", "webmanifest", "png", "ico", "pdf", "webp", "unknownext"]:
            self.put(f"types/a.{extension}", TEXT)
        self.sidecars()
        self.traps()

    def sidecars(self):
        ready, stale = TEXT + b"/* ready */\n", TEXT + b"/* stale */\n"
        for name, body in {"ready.css": ready, "stale.css": stale}.items():
            path = self.put(name, body)
            for extension, coded in {"gz": gzipped(body), "br": b"as if brotli", "zst": b"as if zstd"}.items():
                beside = self.put(f"{name}.{extension}", coded)
                status = path.stat()
                late = -100 * 10**9 if name == "stale.css" else 0
                os.utime(beside, ns=(status.st_atime_ns, status.st_mtime_ns + late))

    def traps(self):
        """Files outside, links that lead there, and what is no file at all."""
        (self.folder / "secret.txt").write_bytes(SECRET)
        (self.folder / "site-other").mkdir(exist_ok=True)
        (self.folder / "site-other/secret.txt").write_bytes(SECRET)
        self.put(".secret", SECRET)
        self.put(".git/config", SECRET)
        os.symlink("../secret.txt", self.root / "link.txt")
        os.symlink(self.folder / "site-other", self.root / "linked")
        os.symlink("/dev/zero", self.root / "zero")
        os.mkfifo(self.root / "pipe")
        with socket.socket(socket.AF_UNIX) as listener:
            here = os.getcwd()
            os.chdir(self.root)
            try:
                listener.bind("socket")
            finally:
                os.chdir(here)
        try:
            os.mknod(self.root / "device", 0o666 | stat.S_IFCHR, os.makedev(1, 5))
        except OSError:
            pass  # Only root makes devices; the link to /dev/zero stays.
