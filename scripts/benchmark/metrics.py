#!/usr/bin/env python3
"""What counting costs: CPU time per request with metrics (an admin listener) and without, and a scrape of a thousand routes.

    scripts/build && python3 scripts/benchmark/metrics.py [--rounds N] [--seconds N]

Both servers write the same access log; their rounds alternate on one core, wrk has the other. The machine must do nothing else.
"""

import argparse
import contextlib
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "scripts"))

from shared import answers, free_port, portico_binary, wait_until  # noqa: E402
from shared.processes import cpu_seconds  # noqa: E402


class Server(contextlib.AbstractContextManager):
    def __init__(self, binary, folder, counts, routes=0):
        self.port, self.admin = free_port(), free_port()
        folder.mkdir()
        (folder / "public").mkdir()
        (folder / "public/small.css").write_bytes(b"a" * 1024)
        listed = "".join(f'[[proxy]]\npath = "/r{n}/*"\ntarget = "http://127.0.0.1:9"\n' for n in range(routes))
        (folder / "app_config.toml").write_text(f"""
[server]
listen = ["127.0.0.1:{self.port}"]
threads = 1
[admin]
enabled = {str(counts).lower()}
port = {self.admin}
{listed}
[logging]
output_mode = "file"
file_size_mb = 1000
""")
        with open(folder / "output", "wb") as output:
            self.process = subprocess.Popen(
                ["taskset", "-c", "0", binary, "--config", folder / "app_config.toml"], stdout=output, stderr=output)
        wait_until(lambda: answers(self.port) or self.process.poll() is not None, 10, "it serves")
        if self.process.returncode is not None:
            raise SystemExit((folder / "output").read_text())

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def round(self, seconds):
        """CPU microseconds per request."""
        before = cpu_seconds(self.process.pid)
        told = subprocess.run(
            ["taskset", "-c", "1", "wrk", "-t1", "-c64", f"-d{seconds}s", f"http://127.0.0.1:{self.port}/small.css"],
            capture_output=True, text=True, check=True).stdout
        return (cpu_seconds(self.process.pid) - before) * 1e6 / int(re.search(r"(\d+) requests in", told).group(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=int, default=4)
    options, binary = parser.parse_args(), portico_binary()
    if not shutil.which("wrk"):
        raise SystemExit("wrk is missing: scripts/install-deps --bench")
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        with Server(binary, folder / "off", False) as off, Server(binary, folder / "on", True) as on:
            for server in (off, on):
                server.round(1)
            pairs = [(off.round(options.seconds), on.round(options.seconds)) for _ in range(options.rounds)]
        without, counted = (statistics.median(side) for side in zip(*pairs))
        ratio = statistics.median(on / off for off, on in pairs)
        print(f"without {without:.2f} us, counted {counted:.2f} us of CPU per request; by pairs {(ratio - 1) * 100:+.1f} %")
        with Server(binary, folder / "routes", True, routes=1000) as server:
            for number in range(1000):
                with contextlib.suppress(urllib.error.HTTPError):
                    urllib.request.urlopen(f"http://127.0.0.1:{server.port}/r{number}/").read()
            began = time.perf_counter()
            size = len(urllib.request.urlopen(f"http://127.0.0.1:{server.admin}/metrics").read())
            print(f"a scrape with 1,000 routes in use: {(time.perf_counter() - began) * 1000:.0f} ms, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
