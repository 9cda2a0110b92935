"""A forward proxy of the tests' own: CONNECT, and requests with a whole URL. It knows names that no DNS knows."""

import contextlib
import re
import select
import socket
import socketserver
import threading
from urllib.parse import urlsplit

from tests.discovery.servers import LONG


class Proxy:
    """`hosts` maps "name:port" to an address and port; what is not there is 502. Use it as a context manager."""

    def __init__(self, hosts, credentials=""):
        self.hosts = hosts
        self.credentials = credentials  # a value of Proxy-Authorization without which nobody passes
        self.heads = []  # all that it was told in clear

    def __enter__(self):
        self.server = _Server(("127.0.0.1", 0), _Handler)
        self.server.proxy = self
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.port = self.server.server_address[1]
        return self

    def __exit__(self, *exc):
        self.server.shutdown()
        self.server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request, address):
        """Who hangs up is of no interest."""


class _Handler(socketserver.StreamRequestHandler):
    timeout = LONG

    def handle(self):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.rfile.readline(10_000)
            if not line:
                return
            head += line
        proxy = self.server.proxy
        proxy.heads.append(head.decode())
        method, goal, _ = head.split(b"\r\n")[0].decode().split(" ")
        if proxy.credentials and f"Proxy-Authorization: {proxy.credentials}\r\n" not in head.decode():
            self.wfile.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        authority = goal if method == "CONNECT" else urlsplit(goal).netloc
        address = proxy.hosts.get(authority if ":" in authority else f"{authority}:80")
        if not address:
            self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        with socket.create_connection(address) as onward:
            if method == "CONNECT":
                self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            else:
                path = goal.partition(authority)[2] or "/"
                onward.sendall(head.replace(goal.encode(), path.encode(), 1) + self._body(head.decode()))
            self._relay(onward)

    def _body(self, head):
        length = re.search(r"(?i)\r\ncontent-length: (\d+)", head)
        return self.rfile.read(int(length[1])) if length else b""

    def _relay(self, onward):
        """Until one of the two hangs up."""
        ends = {self.connection: onward, onward: self.connection}
        with contextlib.suppress(OSError):
            while True:
                for end in select.select(list(ends), [], [], LONG)[0]:
                    data = end.recv(65_536)
                    if not data:
                        return
                    ends[end].sendall(data)
