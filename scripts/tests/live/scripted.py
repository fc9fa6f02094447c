"""A backend that misbehaves on demand, byte by byte: each path has a script that is handed the connection."""

import socket
import struct
import threading


class Peer:
    """One accepted connection and what a script may do with it."""

    def __init__(self, connection):
        self.connection = connection
        self.buffered = b""

    def read_head(self):
        while b"\r\n\r\n" not in self.buffered:
            if not self.fill():
                return None
        head, _, self.buffered = self.buffered.partition(b"\r\n\r\n")
        return head.decode("latin-1")

    def read(self, count):
        while len(self.buffered) < count and self.fill():
            pass
        taken, self.buffered = self.buffered[:count], self.buffered[count:]
        return taken

    def fill(self):
        try:
            piece = self.connection.recv(1 << 16)
        except OSError:
            return False
        self.buffered += piece
        return bool(piece)

    def await_end(self):
        """Takes what comes until the other side closes; forgets it."""
        while self.fill():
            self.buffered = b""

    def send(self, text):
        self.connection.sendall(text if isinstance(text, bytes) else text.encode("latin-1"))

    def finish(self):
        self.connection.shutdown(socket.SHUT_WR)

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


class ScriptedBackend:
    """Serves `scripts`: by the first part of the path, a function of the peer and the request's head. A script that returns
    true keeps the connection for another request. Any other path below it, `/NAME/ok`, gets a plain answer.
    """

    OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    def __init__(self, scripts, port=0):
        self.scripts = scripts
        self.listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        peer = Peer(connection)
        try:
            while (head := peer.read_head()) is not None:
                _, name, what = head.split(" ")[1].split("/", 2)
                if what != "fault":
                    peer.send(self.OK)
                elif not self.scripts[name](peer, head):
                    break
        except OSError:
            pass
        connection.close()

    def close(self):
        # Wakes the thread that waits in accept: until then the port would go on listening.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
