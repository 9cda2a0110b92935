"""What the downloaded program talks with: its portal, as a small server that strictly keeps to what both have agreed on.

It reads what comes as the portal does, remembers it, and misbehaves on request. `complaints` must be empty in the end.
"""

import contextlib
import http.server
import json
import ssl
import threading
import uuid

from discovery import chunks
from discovery.scanner import health
from discovery.scanner.health import PROBES
from discovery.scanner.results import BadResult
from tests.discovery.servers import LONG

TOKEN = "t" * 43
LOST = object()  # an answer that never arrives


class Turned(Exception):
    """What is answered with an error."""


class PortalStandIn:
    """Use it as a context manager. `total` is the number of pairs, or of endpoints."""

    def __init__(self, total=0, certificate=None, name="127.0.0.1"):
        self.uid = str(uuid.uuid4())
        self.total = total
        self.session = None
        self.position = 0
        self.chunks = []
        self.results = {}  # by host and port
        self.questions = {}  # to be handed out, by number; each once, and again with the end
        self.handed_out = set()
        self.answers = {}
        self.healths, self.steps = {}, []
        self.ends = []
        self.requests = []  # what was asked for
        self.heads = []
        self.faults = {}  # by what is asked for: answers instead of the right one, a status and a body, or LOST
        self.hooks = {}  # by what is asked for: called after it was done
        self.complaints = []
        self.changed = threading.Condition()
        self._certificate = certificate
        self._name = name
        self._port = 0
        self.up()

    @property
    def url(self):
        return f"{'https' if self._certificate else 'http'}://{self._name}:{self._port}"

    def settings(self, **wanted):
        """What is in the program."""
        return {"portal": self.url, "uid": self.uid, "token": TOKEN, "kind": "scan", **wanted}

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.down()
        assert not self.complaints

    def up(self):
        self.server = _Server(("127.0.0.1", self._port), _Handler)
        self.server.portal = self
        self._port = self.server.server_address[1]
        if self._certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self._certificate)
            self.server.context = context
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def down(self):
        """Nobody listens any more."""
        self.server.shutdown()
        self.server.server_close()

    def wait_for(self, condition):
        """Until something has come for which it is true."""
        with self.changed:
            assert self.changed.wait_for(condition, LONG), self.requests

    def hear(self, what, secret, data):
        """One request; returns the answer. Raises Turned."""
        if what == "start/":
            return self._start(secret, data)
        if secret != self.session:
            raise Turned(401, "This session is not known.")
        return {"results/": self._take, "health/": self._look, "answers/": self._note, "end/": self._end}[what](data)

    def _start(self, secret, data):
        assert set(data) == {"session", "python", "system"}
        assert len(data["session"]) == 43
        if self.session is None and secret == TOKEN:
            self.session = data["session"]
        if data["session"] != self.session or secret != TOKEN:
            raise Turned(401, "このファイルは使えません。 Used by another copy.")
        return {"position": self.position}

    def _take(self, data):
        assert set(data) == {"position", "results", "certificates"}
        assert len(data["results"]) <= 200
        chunk = chunks.read_chunk(data)
        named = {name for one in data["results"] for shown in one.get("shown", []) for name in shown["chain"]}
        assert set(data["certificates"]) == named
        assert self.position <= chunk.position <= self.total
        self.chunks.append(chunk)
        self.results.update(((result.host, result.port), result) for result in chunk.results)
        self.position = chunk.position
        assert len(self.results) >= self.position
        return {"questions": self._hand_out()}

    def _look(self, data):
        if "health" in data:
            assert set(data) == {"index", "health"}
            self.healths[data["index"]] = health.from_json(data["health"])
        else:
            assert set(data) == {"index", "done", "of"}
            assert 0 < data["done"] <= data["of"] == PROBES
            self.steps.append((data["index"], data["done"]))
        assert 0 <= data["index"] < self.total
        return {}

    def _note(self, data):
        for answer in chunks.read_answers(data):
            assert answer.question in self.questions
            self.answers[answer.question] = answer
        return {"questions": self._hand_out()}

    def _hand_out(self):
        listed = [number for number in self.questions if number not in self.handed_out][:50]
        self.handed_out.update(listed)
        return [{"id": number, **self.questions[number]} for number in listed]

    def _end(self, data):
        assert set(data) == {"is_finished"}
        self.ends.append(data["is_finished"])
        self.handed_out = set(self.answers)
        questions = self._hand_out() if data["is_finished"] else []
        return {"is_done": not questions, "questions": questions, "url": f"{self.url}/discovery/scans/5/"}


class _Server(http.server.ThreadingHTTPServer):
    context = None
    daemon_threads = True

    def process_request_thread(self, request, address):
        """TLS in the thread of the connection, so that who breaks it off stops nobody."""
        request.settimeout(LONG)
        if self.context:
            try:
                request = self.context.wrap_socket(request, server_side=True)
            except OSError:
                return self.shutdown_request(request)
        return super().process_request_thread(request, address)

    def handle_error(self, request, address):
        """Who hangs up is heard of elsewhere."""


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        portal = self.server.portal
        what = self.path.removeprefix(f"/discovery/agent/{portal.uid}/")
        size = int(self.headers["Content-Length"])
        body = self.rfile.read(size)
        fault = portal.faults.get(what) and portal.faults[what].pop(0)
        status, answer = fault if isinstance(fault, tuple) else self._answer(portal, what, body)
        with portal.changed:
            portal.requests.append(what)
            portal.heads.append(self.headers)
            portal.changed.notify_all()
        portal.hooks.pop(what, lambda: None)()
        if fault is not LOST:
            with contextlib.suppress(OSError):
                self._send(status, answer)

    def do_GET(self):
        """What urllib makes of a POST where it follows a redirect."""
        self.server.portal.requests.append(f"GET {self.path}")
        self._send(404, {})

    def _answer(self, portal, what, body):
        try:
            assert len(body) <= 1_500_000
            assert self.headers["Content-Type"] == "application/json"
            scheme, _, secret = self.headers["Authorization"].partition(" ")
            assert scheme == "Bearer"
            return 200, portal.hear(what, secret, json.loads(body))
        except Turned as turned:
            return turned.args[0], {"error": turned.args[1]}
        except (AssertionError, BadResult, KeyError, ValueError) as error:
            portal.complaints.append(f"{what}: {error!r}")
            return 400, {"error": "complaint"}

    def _send(self, status, answer):
        headers = answer if status // 100 == 3 or status == 429 else {}
        body = answer if isinstance(answer, bytes) else json.dumps(answer, ensure_ascii=False).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Nothing on the terminal."""
