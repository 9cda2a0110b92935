"""The set-up of docs/ocsp-files.md, run by a real nginx: files are served by it, all else by the portal behind."""

import shutil
import subprocess
import time
import urllib.error
import urllib.request
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography.x509 import ocsp

from certificates.actions import revocation
from certificates.models import Certificate, StatusChange
from certificates.states import Reason
from certificates.trust import answers
from certificates.trust.models import Service
from sslportal.embedded import places
from tests import ocsp_front, stranger
from tests.factories import issue, make_domain, make_order, make_people
from tests.wsgi_server import in_threads

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(NGINX is None, reason="nginx is not here: apt-get install nginx-light"),
]


class Front:
    """nginx in front of the portal; `files` is where it looks for answers."""

    def __init__(self, url, files, log):
        self.url, self.files, self.log = url, files, log

    def ask(self, path, body=None):
        """The answer, and whether the portal was asked for it."""
        asked = self._asked_portal()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data=body)) as response:
            content, headers = response.read(), response.headers
        time.sleep(0.05)  # nginx writes its log when the answer is out
        return content, headers, self._asked_portal() > asked

    def _asked_portal(self):
        return self.log.read_text().count("from the portal")


@pytest.fixture
def portal():
    with in_threads() as url:
        yield url


@pytest.fixture
def front(db, portal, tmp_path, settings):
    folder = Path("/tmp") / f"nginx-{tmp_path.parent.name}-{tmp_path.name}"  # noqa: S108  # nginx's workers are nobody
    (folder / "ocsp").mkdir(parents=True)
    for path in (folder, folder / "ocsp"):
        path.chmod(0o755)
    settings.OCSP_FILES = str(folder / "ocsp")
    port, log = places.free_port(), folder / "access.log"
    more = "map $upstream_addr $whose { '' 'its own'; default 'from the portal'; } log_format whose '$request $whose';"
    written = ocsp_front.configuration(
        folder, port, settings.OCSP_FILES, portal=portal, more=f"{more} access_log {log} whose;"
    )
    (folder / "nginx.conf").write_text(written)
    log.touch()
    process = subprocess.Popen([NGINX, "-c", str(folder / "nginx.conf"), "-p", str(folder)])
    try:
        _wait_for(f"http://127.0.0.1:{port}/pki/", process, folder)
        yield Front(f"http://127.0.0.1:{port}", folder / "ocsp", log)
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


def _wait_for(url, process, folder):
    until = time.monotonic() + 10
    while time.monotonic() < until:
        assert process.poll() is None, (folder / "error.log").read_text()
        try:
            urllib.request.urlopen(url)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("nginx does not answer.")


def test_nginx_serves_what_is_in_files_and_asks_the_portal_for_all_else(front, ca, dns_server):
    people = make_people()
    make_domain(people.ov, "example.com")
    orders = [make_order(people.ov, people.stan, name=f"www{number}.example.com") for number in range(3)]
    for order in orders:
        issue(order)
    certificates = Certificate.objects.order_by("pk")
    StatusChange.objects.bulk_create(StatusChange.of(one, Service.OCSP) for one in certificates)
    answers.publish_answers()
    issuer = ca.made[-1].certificate
    requests = [stranger.request_for(certificate.x509, issuer) for certificate in certificates]
    paths = [f"/pki/ocsp/issuing-1/{quote(b64encode(request))}" for request in requests]
    escaped = [f"/pki/ocsp/issuing-1/{quote(b64encode(request), safe='')}" for request in requests]

    for path in paths + escaped:
        content, headers, asked_portal = front.ask(path)
        assert ocsp.load_der_ocsp_response(content).certificate_status == ocsp.OCSPCertStatus.GOOD
        assert not asked_portal
        assert headers["Content-Type"] == "application/ocsp-response"
        assert headers["Cache-Control"] == "max-age=60, public, no-transform, must-revalidate"
        assert headers["ETag"]

    posted, _headers, asked_portal = front.ask("/pki/ocsp/issuing-1/", requests[0])
    assert ocsp.load_der_ocsp_response(posted).certificate_status == ocsp.OCSPCertStatus.GOOD
    assert asked_portal

    by_sha256 = stranger.request_for(certificates[0].x509, issuer, "sha256")
    content, _headers, asked_portal = front.ask(f"/pki/ocsp/issuing-1/{quote(b64encode(by_sha256))}")
    assert ocsp.load_der_ocsp_response(content).hash_algorithm.name == "sha256"
    assert asked_portal

    revocation.revoke_order(certificates[0].order, reason=Reason.CHANGED, by=people.paul)
    content, _headers, asked_portal = front.ask(paths[0])
    assert ocsp.load_der_ocsp_response(content).certificate_status == ocsp.OCSPCertStatus.REVOKED
    assert not asked_portal
