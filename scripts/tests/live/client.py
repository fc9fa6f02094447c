"""A client that tells exactly what it saw: interim answers, the status, and whether the body came whole or was cut."""

import socket
import struct
import threading


def get(client, path):
    return client.ask(f"GET {path} HTTP/1.1\r\nHost: test\r\n\r\n")


def post(path, length, extra=""):
    return f"POST {path} HTTP/1.1\r\nHost: test\r\nContent-Length: {length}\r\n{extra}\r\n"


class Cut(Exception):
    pass


class Client:
    """One connection at a time; opens another where the last one is over."""

    def __init__(self, port, timeout=10):
        self.port, self.timeout = port, timeout
        self.socket = None
        # Called once with the client when the first bytes of a body are there.
        self.on_body = None

    def send(self, text):
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), self.timeout)
            self.buffered = b""
        self.socket.sendall(text.encode() if isinstance(text, str) else text)

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = None

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def ask(self, head, body=b"", method="GET", awaiting_continue=False, half_close=False):
        """Sends the request and tells what came of it, as `100, 200 whole` or `502` or `200, cut`."""
        self.send(head)
        seen = []
        sender = None
        if body and not awaiting_continue:
            sender = threading.Thread(target=self.send_quietly, args=(body,), daemon=True)
            sender.start()
        if half_close:
            self.socket.shutdown(socket.SHUT_WR)
        try:
            while True:
                status, fields = self.read_head()
                if status >= 200 or status == 101:
                    break
                seen.append(str(status))
                if status == 100 and awaiting_continue:
                    self.send_quietly(body)
            self.fields = fields
            state = self.read_body(status, fields, method)
        except Cut as cut:
            state = str(cut)
        if sender:
            sender.join(self.timeout)
        if half_close or state.endswith(("cut", "closed")):
            self.close()
        return ", ".join([*seen, state])

    def send_quietly(self, body):
        try:
            self.socket.sendall(body)
        except OSError:
            pass

    def fill(self):
        try:
            piece = self.socket.recv(1 << 16)
        except ConnectionError:
            piece = b""
        except TimeoutError:
            raise Cut("nothing came") from None
        self.buffered += piece
        return bool(piece)

    def read_head(self):
        while b"\r\n\r\n" not in self.buffered:
            if not self.fill():
                raise Cut("no answer, closed")
        head, _, self.buffered = self.buffered.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        fields = {}
        for line in lines:
            name, _, value = line.partition(":")
            fields[name.lower()] = value.strip()
        return int(first.split()[1]), fields

    def read_body(self, status, fields, method):
        closes = fields.get("connection", "").lower() == "close"
        bodiless = method == "HEAD" or status in (204, 304)
        whole = f"{status} whole, closed" if closes else f"{status} whole"
        try:
            self.body = b"" if bodiless else self.read_framed(fields)
        except Cut:
            return f"{status}, cut"
        # Portico's own errors carry its name for what happened.
        if b'"request_id"' in self.body and str(status).encode() in self.body:
            return f"{status}, closed" if closes else str(status)
        return whole

    def read_framed(self, fields):
        if fields.get("transfer-encoding", "").lower() == "chunked":
            body = b""
            while size := int(self.read_line(), 16):
                body += self.read(size)
                self.read(2)
            while self.read_line():
                pass
            return body
        if "content-length" in fields:
            return self.read(int(fields["content-length"]))
        while self.fill():
            pass
        return self.buffered

    def read_line(self):
        while b"\r\n" not in self.buffered:
            if not self.fill():
                raise Cut()
        line, _, self.buffered = self.buffered.partition(b"\r\n")
        return line

    def read(self, count):
        while len(self.buffered) < count:
            if not self.fill():
                raise Cut()
            if self.on_body is not None:
                self.on_body(self)
                self.on_body = None
        taken, self.buffered = self.buffered[:count], self.buffered[count:]
        return taken
