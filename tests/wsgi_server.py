"""The portal as gunicorn serves it, trust services included: pytest-django's live server knows Django's part only."""

import threading
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from django.db import connections

from sslportal.wsgi import application


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        """Say nothing."""


class _Threads(ThreadingMixIn, WSGIServer):
    def process_request_thread(self, request, client_address):
        try:
            super().process_request_thread(request, client_address)
        finally:
            connections.close_all()  # this thread's


@contextmanager
def in_this_thread():
    """A server that sees what the test has not committed, since it answers in the test's own thread: in `handle_request`."""
    with WSGIServer(("127.0.0.1", 0), _Quiet) as server:
        server.set_app(application)
        server.timeout = 0.02
        yield server


@contextmanager
def in_threads():
    """The address of a server that answers meanwhile."""
    with _Threads(("127.0.0.1", 0), _Quiet) as server:
        server.set_app(application)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
