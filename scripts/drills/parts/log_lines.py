"""Clients that number their requests, and the log read back: plain files and compressed ones, every line as JSON."""

import gzip
import json
import pathlib
import re
import socket
import threading


def files(folder):
    """Oldest first: numbers count upwards, the one without is written to."""

    def place(path):
        number = re.search(r"\.(\d+)\.log", path.name)
        return int(number.group(1)) if number else 1 << 60

    return sorted((path for path in pathlib.Path(folder).glob("drill*") if not path.name.endswith(".part")), key=place)


def entries(folder):
    """Every line of every file; one that is no JSON, or only half there, is a fault."""
    found = []
    for path in files(folder):
        try:
            data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        except FileNotFoundError:
            # Compressed meanwhile.
            data = gzip.decompress(path.with_name(path.name + ".gz").read_bytes())
        # A server that writes may be within its last line.
        lines = data.split(b"\n")[:-1]
        found += [json.loads(line) for line in lines]
    return found


def removed_by_budget(folder):
    """Whether files went because all together were too large: then lines are missing on purpose."""
    numbers = [int(match.group(1)) for path in files(folder) if (match := re.search(r"\.(\d+)\.log", path.name))]
    return bool(numbers) and min(numbers) > 1


class Client:
    """Sends batches of numbered requests over one connection until told to stop or the server is gone."""

    batch = 20

    def __init__(self, port, name):
        self.port, self.name, self.answered, self.stopped = port, str(name), 0, False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
                while not self.stopped:
                    first = self.answered
                    connection.sendall(b"".join(b"GET /?%s=%d HTTP/1.1\r\nHost: drill\r\n\r\n" % (self.name.encode(), first + index) for index in range(self.batch)))
                    self.receive(connection)
        except OSError:
            pass

    def receive(self, connection):
        """Every answer of the batch has the same length, `hello` once."""
        missing, rest = self.batch, b""
        while missing:
            data = connection.recv(1 << 16)
            if not data:
                raise ConnectionError("closed")
            rest += data
            while (end := rest.find(b"hello\n")) >= 0:
                assert rest.startswith(b"HTTP/1.1 200 "), rest[:200]
                rest = rest[end + 6 :]
                missing -= 1
                self.answered += 1

    def end(self):
        self.stopped = True
        self.thread.join(40)
