"""The rows about resident memory, each of a fresh process: idle connections, and streams that pass through."""

import socket
import subprocess
import time

from . import load

HOST = "127.0.0.1"
STREAMS = 32
# How much a client of a held stream reads before it stops.
HELD_AT = 1 << 20
# How many connections have answered before the memory of one more is reckoned: the code of an answer is mapped then.
FIRST_CONNECTIONS = 100


def idle_connections(server, row, options):
    """Fresh process: at rest, with idle connections that did one request each, and ten seconds after they closed."""
    server.stop()
    server.start()
    time.sleep(1)
    at_start, shared = server.resident_bytes(), server.proportional_bytes()
    path = "/small.css" if server.serves_files else "/api/small.css"
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    connections = []
    try:
        for _ in range(options.connections):
            connection = socket.create_connection((HOST, server.ports["http"]), timeout=10)
            connections.append(connection)
            connection.sendall(request)
            received = b""
            while len(received.partition(b"\r\n\r\n")[2]) < 1024:
                part = connection.recv(65536)
                if not part:
                    raise RuntimeError(f"closed connection {len(connections)}")
                received += part
            if len(connections) == FIRST_CONNECTIONS:
                time.sleep(1)
                first = server.resident_bytes()
        time.sleep(1)
        connected = server.resident_bytes()
    finally:
        for connection in connections:
            connection.close()
    time.sleep(10)
    return {
        "rss_start": at_start,
        "pss_start": shared,
        "rss_connected": connected,
        "rss_per_connection": (connected - first) / (options.connections - FIRST_CONNECTIONS),
        "rss_after_close": server.resident_bytes(),
    }


def streams(server, row, options):
    """What a stream of 100 MiB costs at most: while clients take all they get, and while they have stopped taking."""
    server.stop()
    server.start()
    time.sleep(1)
    at_start = server.resident_bytes()
    command = [server.stage.program("streams"), server.ports["http"], row.path, STREAMS, options.seconds]
    running = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    peak = at_start
    while running.poll() is None:
        peak = max(peak, server.resident_bytes())
        time.sleep(0.02)
    if running.returncode != 0:
        raise load.LoadFailed(running.stderr.read().strip())
    server.stop()
    server.start()
    time.sleep(1)
    at_start_again = server.resident_bytes()
    held = held_streams(server, row.path)
    return {"rss_per_stream": (peak - at_start) / STREAMS, "rss_per_held_stream": (held - at_start_again) / STREAMS}


def held_streams(server, path):
    connections = []
    try:
        for _ in range(STREAMS):
            connection = socket.create_connection((HOST, server.ports["http"]), timeout=10)
            connections.append(connection)
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        for connection in connections:
            left = HELD_AT
            while left > 0:
                if not (part := connection.recv(min(left, 65536))):
                    raise load.LoadFailed("a stream was cut")
                left -= len(part)
        # Until everything between the backend and the client is full.
        time.sleep(2)
        return server.resident_bytes()
    finally:
        for connection in connections:
            connection.close()
