"""Runs Autobahn's fuzzing client at an echo server directly and through Portico, and compares. See ../autobahn.

    python3 autobahn.py WSTEST CASES
"""

import json
import subprocess
import sys
import threading

import websockets.sync.server
from websockets.exceptions import ConnectionClosed

import stage as scene

LEVELS = ["OK", "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED", "FAILED"]


def echo(socket):
    try:
        for message in socket:
            socket.send(message)
    except ConnectionClosed:
        pass


def main():
    wstest, patterns = sys.argv[1:]
    wanted = patterns.split("|")
    with scene.Stage() as stage:
        backend, port = scene.free_port(), scene.free_port()
        server = websockets.sync.server.serve(echo, "127.0.0.1", backend, compression=None, max_size=1 << 26)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        scene.portico(stage, port, [backend], check='type = "websocket"')
        reports = stage.folder / "reports"
        spec = stage.folder / "spec.json"
        spec.write_text(
            json.dumps(
                {
                    "outdir": str(reports),
                    "servers": [
                        {"agent": "direct", "url": f"ws://127.0.0.1:{backend}"},
                        {"agent": "portico", "url": f"ws://127.0.0.1:{port}"},
                    ],
                    "cases": wanted,
                    "exclude-cases": [],
                    "exclude-agent-cases": {},
                }
            )
        )
        subprocess.run([wstest, "-m", "fuzzingclient", "-s", spec], check=True, timeout=3600)
        results = json.loads((reports / "index.json").read_text())
    worse = []
    for case, direct in results["direct"].items():
        through = results["portico"][case]
        for what in ["behavior", "behaviorClose"]:
            if rank(through[what]) > rank(direct[what]):
                worse.append(f"{case}: {what} {direct[what]} directly, {through[what]} through Portico")
    print(f"autobahn: {len(results['direct'])} cases, {len(worse)} worse through Portico")
    print("\n".join(worse))
    sys.exit(1 if worse else 0)


def rank(level):
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)


if __name__ == "__main__":
    main()
