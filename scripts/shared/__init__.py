"""What tests, drills and benchmarks share."""

import os
import pathlib
import random
import shutil
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

given = set()


def portico_binary():
    """$PORTICO, else what scripts/build has made, else what `swift build` has; where there is none, the program ends and says so."""
    if named := os.environ.get("PORTICO"):
        return pathlib.Path(named).resolve()
    for built in (".build/portico", ".build/release/portico", ".build/debug/portico"):
        if (ROOT / built).exists():
            return (ROOT / built).resolve()
    sys.exit("there is no portico yet: scripts/build makes one, or PORTICO names it")


def free_port():
    """A port of the loopback for a server that is about to start. It is given once, and lies below those that outgoing connections
    get: none of them can take it in between."""
    outgoing = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    below = range(10_000, outgoing) if outgoing > 12_000 else range(10_000, 60_000)
    for port in random.sample(below, 200):
        if port in given:
            continue
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        given.add(port)
        return port
    raise OSError("no free port among 200")


def program(name):
    """The path of a program; on Debian servers live in /usr/sbin, which users may not have in PATH."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")


def self_signed(folder, name="localhost"):
    """A certificate for this machine and its key, as files in `folder`; `name` is its subject and what the files are called."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        [program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True)  # fmt: skip
    return certificate, key


def wait_until(condition, seconds, what, pause=0.02):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(pause)


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
