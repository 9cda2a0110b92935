"""The nginx of deploy/nginx in front of the portal as gunicorn serves it: TLS, addresses, and a log without secrets."""

import http.client
import json
import os
import shutil
import ssl
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.db import connection

from sslportal import isolation
from sslportal.embedded import places
from tests.running import wait_until

ROOT = Path(__file__).parents[2]
FILES = ROOT / "deploy" / "nginx"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
HOST = "portal.example.com"

pytestmark = [
    pytest.mark.processes,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(NGINX is None, reason="nginx is not here: apt-get install nginx-light"),
]


class Front:
    """nginx, by its two ports."""

    def __init__(self, folder, upstream):
        self.folder, self.upstream = folder, upstream
        self.http, self.https = places.free_port(), places.free_port()
        self.log = folder / "access.log"

    def configuration(self):
        """As it is delivered, at other ports and with other files, and with what distributions set around it."""
        text = (FILES / "portal.conf").read_text()
        for there, here in {
            "listen 80 default_server;": f"listen 127.0.0.1:{self.http} default_server;",
            "listen 443 ssl default_server;": f"listen 127.0.0.1:{self.https} ssl default_server;",
            "listen [::]:80 default_server;": "",
            "listen [::]:443 ssl default_server;": "",
            "/etc/nginx/tls": str(self.folder),
            "/var/log/nginx": str(self.folder),
        }.items():
            assert there in text
            text = text.replace(there, here)
        upstream = (FILES / "upstream.conf").read_text().replace("127.0.0.1:8000", self.upstream)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in kinds)
        of_debian = (
            f"ssl_protocols TLSv1.2; access_log {self.folder}/default.log; error_log {self.folder}/default-error.log;"
        )
        return (
            f"pid {self.folder}/pid; daemon off; events {{}}\nhttp {{ {of_debian} {temporary}\n{upstream}\n{text}\n}}\n"
        )

    def ask(self, path, *, scheme="https", host=HOST, **headers):
        """The status, the headers and the body of what is answered."""
        if scheme == "https":
            unverified = ssl._create_unverified_context()  # noqa: S323  # its certificate is of nobody
            there = http.client.HTTPSConnection("127.0.0.1", self.https, context=unverified, timeout=30)
        else:
            there = http.client.HTTPConnection("127.0.0.1", self.http, timeout=30)
        there.request("GET", path, headers={"Host": host, **headers})
        answer = there.getresponse()
        answered = SimpleNamespace(status=answer.status, headers=answer.headers, body=answer.read())
        there.close()
        return answered

    def told(self, wanted):
        """What the log says of a request, by its number."""
        wait_until(lambda: wanted in self.log.read_text(), 10, self.log.read_text)
        return next(line for line in map(json.loads, self.log.read_text().splitlines()) if line["request_id"] == wanted)


@contextmanager
def front(tmp_path, upstream):
    folder = Path("/tmp") / f"front-{tmp_path.parent.name}-{tmp_path.name}"  # noqa: S108  # nginx's workers are nobody
    folder.mkdir()
    folder.chmod(0o755)
    made = Front(folder, upstream)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-subj", f"/CN={HOST}", "-keyout", folder / "portal.key", "-out", folder / "portal.crt"],
        check=True, capture_output=True,
    )  # fmt: skip
    (folder / "nginx.conf").write_text(made.configuration())
    command = [NGINX, "-p", str(folder), "-e", str(folder / "begin.log"), "-c", str(folder / "nginx.conf")]
    process = subprocess.Popen(command)
    try:
        wait_until(lambda: listens(made.https) or process.poll() is not None, 10, (folder / "begin.log").read_text)
        assert process.poll() is None, (folder / "begin.log").read_text()
        yield made
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


def listens(port):
    return bool(places._refusal("127.0.0.1", port))


@pytest.fixture(scope="module")
def static(tmp_path_factory):
    """Where static files were collected."""
    folder = tmp_path_factory.mktemp("static")
    collect = "import django; django.setup(); from sslportal.embedded import prepare; prepare.collect_static()"
    subprocess.run([sys.executable, "-c", collect], env=os.environ | {"STATIC_ROOT": str(folder)}, cwd=ROOT, check=True)
    return folder


@pytest.fixture
def portal(static, tmp_path):
    """The front of a portal as gunicorn serves it; `said` is what that has written."""
    port = places.free_port()
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    env = {name: value for name, value in os.environ.items() if name not in isolation.OF_THE_CA} | {
        "DATABASE_URL": database,
        "PORTAL_URL": f"https://{HOST}",
        "PORTAL_PROXIES": "1",
        "PORTAL_LISTEN": f"127.0.0.1:{port}",
        "PORTAL_WEB_WORKERS": "1",
        "LOG_FORMAT": "json",
        "STATIC_ROOT": str(static),
    }
    log = tmp_path / "web.log"
    command = [sys.executable, "-m", "gunicorn", "-c", "python:sslportal.serving", "sslportal.wsgi"]
    with log.open("w") as output, subprocess.Popen(command, env=env, cwd=ROOT, stdout=output, stderr=output) as process:
        try:
            wait_until(lambda: listens(port) or process.poll() is not None, 60, log.read_text)
            with front(tmp_path, f"127.0.0.1:{port}") as made:
                made.said = lambda: [json.loads(line) for line in log.read_text().splitlines()]
                yield made
        finally:
            process.terminate()
            process.wait(30)


def test_the_portal_is_there_by_tls_and_health_is_told_to_whoever_asks_by_address(portal):
    ready = portal.ask("/readyz", host="127.0.0.1")

    assert portal.ask("/healthz", scheme="http", host="127.0.0.1").status == 200
    assert json.loads(ready.body)["ready"] is True
    assert portal.ask("/healthz", host=HOST).status == 200
    assert portal.ask("/metrics").status == 404
    assert portal.ask("/help/trust/", host="attacker.example").status == 400


def test_only_certificate_status_is_told_without_tls(portal):
    redirected = portal.ask("/help/trust/?a=b", scheme="http")
    crl = portal.ask("/pki/crl/issuing-1.crl", scheme="http")

    assert redirected.status == 301
    assert redirected.headers["Location"] == f"https://{HOST}/help/trust/?a=b"
    assert crl.status == 404
    assert "Location" not in crl.headers
    assert portal.ask("/help/trust/", **{"X-Forwarded-Proto": "http"}).status == 200
    assert portal.ask("/help/trust/", scheme="http", **{"X-Forwarded-Proto": "https"}).status == 301


def test_both_logs_are_json_have_the_same_number_and_no_token(portal):
    answer = portal.ask("/setup/a-secret-token/?code=another-secret", **{"X-Request-ID": "made-up-by-a-client"})

    number = answer.headers["X-Request-ID"]
    told = portal.told(number)
    assert (told["path"], told["status"], told["method"]) == ("/setup/…", 410, "GET")
    assert told["host"] == HOST
    assert not [log for log in portal.folder.glob("*.log") if "secret" in log.read_text()]
    about = [line for line in portal.said() if line.get("request_id") == number]
    assert [(line["event"], line["status_code"]) for line in about] == [("Gone: /setup/…/", 410)]
    assert portal.said()[0]["logger"] == "gunicorn.error"


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        """Say nothing."""


def test_what_a_client_says_of_itself_does_not_reach_the_portal(tmp_path):
    seen = []

    def application(environ, start_response):
        seen.append(environ)
        start_response("200 OK", [])
        return [b""]

    server = make_server("127.0.0.1", 0, application, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        with front(tmp_path, f"127.0.0.1:{server.server_port}") as made:
            lies = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "http", "X-Request-ID": "mine-mine-mine"}
            assert made.ask("/", **lies).status == 200
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

    (environ,) = seen
    assert environ["HTTP_X_FORWARDED_FOR"] == "127.0.0.1"
    assert environ["HTTP_X_FORWARDED_PROTO"] == "https"
    assert environ["HTTP_X_REQUEST_ID"] != "mine-mine-mine"
    assert environ["HTTP_HOST"] == HOST


def test_nginx_hides_the_same_links_as_the_portal():
    from sslportal.kit import logs

    words = logs.LINK.pattern.partition("(")[2].partition(")")[0]

    assert f"/({words})/" in (FILES / "portal.conf").read_text()
