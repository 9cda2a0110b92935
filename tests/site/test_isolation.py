"""Only the worker that signs reaches the CA's keys: the web process does everything without, and others that could refuse."""

import base64
import os
import subprocess
import sys
import urllib.request
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from urllib.parse import quote, urlsplit

import pytest
from cryptography import x509
from cryptography.x509 import ocsp
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from certificates.trust import lists
from sslportal import isolation
from sslportal.embedded import crew, places
from sslportal.embedded.state import State
from tests.factories import PASSWORD, issue, make_domain, make_order
from tests.openssl import csr_pem
from tests.running import wait_until
from tests.site.test_access import MATRIX, OK, PERSONS, fill
from tests.stranger import request_for
from tests.visitor import Visitor

FIRST_TO_OPEN = ("gina", "vera", "paul", "nobody")  # who opens a page is the first of them who may

# The web process, by itself


@pytest.fixture
def issued(people, ca, settings):
    """An order with a certificate by the real CA, whose keys are then put away. People can sign in to a real portal."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    for person in (people.gina, people.vera, people.paul):
        person.set_password(PASSWORD)
        person.save()
    make_domain(people.ov)
    order = make_order(people.ov, people.stan)
    issue(order)
    lists.publish_list()
    order.refresh_from_db()
    away = ca.keys.rename(ca.keys.with_name("put-away"))
    yield order
    away.rename(ca.keys)


@pytest.fixture
def web(db, settings, tmp_path):
    """The web process of a portal, on the tests' own database; `log` is what it said."""
    port = places.free_port()
    state = State(tmp_path / "state")
    env = {name: value for name, value in os.environ.items() if name not in isolation.OF_THE_CA}
    env |= {
        "DATABASE_URL": urlsplit(env["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
        "PORTAL_URL": f"http://localhost:{port}",
        "PORTAL_DNS_VALIDATION": "off",
        "PORTAL_DNS_SERVERS": settings.DNS_SERVERS[0],
        "STATIC_ROOT": str(tmp_path / "static"),
        "EVIDENCE_ROOT": str(settings.EVIDENCE_ROOT),
    }
    collect = "import django; django.setup(); from sslportal.embedded import prepare; prepare.collect_static()"
    (tmp_path / "static").mkdir()
    subprocess.run([sys.executable, "-c", collect], env=env, check=True)
    program = crew.crew(env, state, port)[0]
    log = tmp_path / "web.log"
    with log.open("w") as output, stopping(program.logged(output.fileno(), stdout=output)) as process:
        url = env["PORTAL_URL"]
        wait_until(lambda: is_up(url) or process.poll() is not None, 60, log.read_text)
        yield SimpleNamespace(url=url, log=log)


def is_up(url):
    with suppress(OSError):
        return fetch(f"{url}/healthz") == b"ok\n"
    return False


@contextmanager
def stopping(process):
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_the_web_process_does_everything_without_the_keys(issued, known, ca, web, people):
    visitors = {name: Visitor(web.url) for name in FIRST_TO_OPEN}
    for name in FIRST_TO_OPEN[:-1]:
        visitors[name].sign_in(getattr(people, name).email, PASSWORD)
    paths = [(who, fill(path, **known)) for path, answers in MATRIX.items() if (who := first_to_open(answers))]
    paths += [("paul", f"/certificates/{issued.pk}/{tail}") for tail in ("", "download/", "revoke/", "site-seal/")]

    opened = {(who, path): visitors[who].get(path).status for who, path in paths}
    order = visitors["paul"].order(csr_pem(), "new.example.com")

    assert {place: status for place, status in opened.items() if status != OK} == {}
    assert {who for who, _path in opened} == set(FIRST_TO_OPEN)
    assert visitors["paul"].status_of(order) == "Pending"
    assert_trust_services_answer(web.url, issued, ca)
    said = web.log.read_text()
    assert "Traceback" not in said
    assert " ERROR " not in said


def first_to_open(answers):
    may = {person for person, status in zip(PERSONS, answers, strict=True) if status == OK}
    return next((person for person in FIRST_TO_OPEN if person in may), None)


def assert_trust_services_answer(url, order, ca):
    """What strangers ask for is there: certificates, a revocation list, and that the certificate is good."""
    for authority in ca.made:
        assert fetch(f"{url}/pki/ca/{authority.name}.crt") == authority.der
        assert fetch(f"{url}/pki/ca/{authority.name}.pem") == authority.pem
    revoked = x509.load_der_x509_crl(fetch(f"{url}/pki/crl/issuing-1.crl"))
    assert revoked.is_signature_valid(ca.made[-1].certificate.public_key())
    question = request_for(order.certificate.x509, ca.made[-1].certificate)
    said = ocsp.load_der_ocsp_response(fetch(f"{url}/pki/ocsp/issuing-1/{quote(base64.b64encode(question), safe='')}"))
    assert said.certificate_status == ocsp.OCSPCertStatus.GOOD


def fetch(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read()


# Who refuses


@pytest.fixture
def told(monkeypatch, tmp_path):
    """A process that is told of keys which nobody else can read; returns where they are."""
    keys, passphrase = tmp_path / "keys", tmp_path / "passphrase"
    keys.mkdir(mode=0o700)
    passphrase.touch(0o600)
    monkeypatch.setenv("CA_KEYS", str(keys))
    monkeypatch.setenv("CA_PASSPHRASE_FILE", str(passphrase))
    return SimpleNamespace(keys=keys, passphrase=passphrase)


@pytest.mark.parametrize("name", isolation.OF_THE_CA)
def test_a_process_without_need_of_keys_refuses_to_be_told(monkeypatch, name):
    monkeypatch.setenv(name, "something")

    with pytest.raises(ImproperlyConfigured) as refusal:
        isolation.require_no_keys("The web process")

    assert str(refusal.value) == (
        f"The web process must not reach the CA's keys, but its environment has {name}. Take that out:"
        " it is for the worker of the queues “trust” and “ca”, and for manage.py ca, only."
    )


def test_a_process_that_is_told_of_no_keys_may_start(monkeypatch):
    monkeypatch.setenv("CA_KEYS", "")

    isolation.require_no_keys("The web process")
    isolation.require_fit_worker(["default"])


@pytest.mark.parametrize("queues", [["trust", "ca"], ["ca"], ["trust"]])
def test_a_worker_that_signs_and_nothing_else_may_have_the_keys(told, monkeypatch, queues):
    isolation.require_fit_worker(queues)

    monkeypatch.setenv("CA_KEYS", "pkcs11:token=sslportal?module-path=/usr/lib/softhsm/libsofthsm2.so")
    isolation.require_fit_worker(queues)


@pytest.mark.parametrize(
    ("queues", "why"),
    [
        (["default"], "The worker of the queue “default” must not reach the CA's keys"),
        (["outside", "default"], "The worker of the queues “default” and “outside” must not reach the CA's keys"),
        (["ca", "default"], "Start one worker with -Q trust,ca and another with -Q default."),
        (["trust", "outside"], "A worker of the queue “trust” has the CA's keys and does nothing else"),
        (["ca", "trust", "elsewhere"], "but this one would also read the queue “elsewhere”"),
    ],
)
def test_a_worker_that_does_anything_else_refuses_the_keys(told, queues, why):
    with pytest.raises(ImproperlyConfigured, match=why):
        isolation.require_fit_worker(queues)


@pytest.mark.parametrize(
    ("missing", "why"),
    [
        ("CA_KEYS", "CA_KEYS does not say where the CA's keys are"),
        ("CA_PASSPHRASE_FILE", "nothing opens the CA's keys"),
    ],
)
def test_a_worker_that_signs_refuses_to_start_without_keys(told, monkeypatch, missing, why):
    monkeypatch.delenv(missing)

    with pytest.raises(ImproperlyConfigured, match=why):
        isolation.require_fit_worker(["trust", "ca"])


@pytest.mark.parametrize("mode", [0o710, 0o740, 0o701, 0o755])
def test_keys_that_others_reach_are_refused(told, mode):
    told.keys.chmod(mode)

    with pytest.raises(ImproperlyConfigured) as refusal:
        isolation.require_fit_worker(["ca"])

    assert str(refusal.value) == (
        f"CA_KEYS names {told.keys}, which is open to others than its owner (its mode is {mode:04o})."
        f" Close it: chmod go= {told.keys}"
    )


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_passphrase_that_others_reach_is_refused(told, mode):
    told.passphrase.chmod(mode)

    with pytest.raises(ImproperlyConfigured, match=f"CA_PASSPHRASE_FILE names {told.passphrase}, which is open"):
        isolation.require_fit_worker(["ca"])


WEB = ["gunicorn", "sslportal.wsgi", "--bind", "127.0.0.1:0", "--no-control-socket"]
CELERY = ["celery", "-A", "sslportal"]
REFUSING = {
    "web": (WEB, {"CA_KEYS": "x"}, "The web process must not reach the CA's keys"),
    "worker": (
        [*CELERY, "worker", "-Q", "default", "--pool", "threads"],
        {"CA_PASSPHRASE": "x"},
        "The worker of the queue “default” must not reach the CA's keys",
    ),
    "ca worker": (
        [*CELERY, "worker", "-Q", "trust,ca", "--pool", "threads"],
        {},
        "The worker of the queues “ca” and “trust” signs, but CA_KEYS does not say where the CA's keys are.",
    ),
    "beat": ([*CELERY, "beat", "-s", "schedule"], {"CA_KEYS": "x"}, "Beat must not reach the CA's keys"),
}


@pytest.mark.processes
@pytest.mark.parametrize("process", REFUSING)
def test_a_process_that_refuses_says_why_and_ends(process, tmp_path):
    command, told, why = REFUSING[process]
    command = [str(tmp_path / word) if word == "schedule" else word for word in command]

    done = subprocess.run(
        [sys.executable, "-m", *command], env={**os.environ, **told}, capture_output=True, text=True, timeout=60
    )

    assert done.returncode != 0
    assert why in done.stderr
