"""The portal as gunicorn serves it, trust services included: pytest-django's live server knows Django's part only."""

import threading
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from django.db import connections

from sslportal.wsgi import application


class _Server(ThreadingMixIn, WSGIServer):
    def process_request_thread(self, request, client_address):
        try:
            super().process_request_thread(request, client_address)
        finally:
            connections.close_all()  # this thread's


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        """Say nothing."""


@contextmanager
def serving():
    """Answer on a port of its own; the address."""
    server = _Server(("127.0.0.1", 0), _Quiet)
    server.set_app(application)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
