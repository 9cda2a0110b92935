"""`./portal bench trust [certificates]`: OCSP answers, revocation lists and issuing, each beside its limit of the same run.

OCSP is asked of gunicorn with two sync workers by wrk (Debian's package of that name), as is the plainest WSGI program there
is, in turns. The answers are signed by the running portal's own `ca` worker.
"""

import base64
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import django

from tests import ocsp_front

CERTIFICATES, ASKED, ROUNDS, SECONDS = 100_000, 2_000, 5, 4
LIMIT_SHARE = 0.8  # of what the bare program answers
LIMIT_SIGNED = 30 / 100_000  # seconds an answer
LIMIT_LIST, LIMIT_MEMORY = 3, 300  # seconds, MB
PATIENCE = 300
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # the disk's time for making files is not asked

# One order with a certificate of the demo's, again and again under other serial numbers
COPY_ORDERS = """
INSERT INTO certificates_order (
    account_id, profile_id, requester_id, status, kind, level, hash_algorithm, validity, csr, key_label, key_sha256,
    common_name, sans, organization, locality, state, country, ev_subject, recipients, comments, hold, hold_detail,
    reject_reason, submission, created_at, updated_at, serial_number, not_before, not_after, asked_by
)
SELECT
    account_id, profile_id, requester_id, 'issued', 'new', level, hash_algorithm, validity, csr, key_label, key_sha256,
    common_name, sans, organization, locality, state, country, ev_subject, recipients, comments, '', '',
    '', gen_random_uuid(), now(), now(), '7' || upper(left(encode(sha256(n::text::bytea), 'hex'), 31)), now(),
    now() + interval '365 days', asked_by
FROM certificates_order, generate_series(1, %s) AS n WHERE id = %s
RETURNING id
"""
COPY_CERTIFICATES = """
INSERT INTO certificates_certificate (
    order_id, authority_id, serial_number, not_before, not_after, dns_names, crl_shard, der, sha256, created_at
)
SELECT
    o.id, c.authority_id, o.serial_number, o.not_before, o.not_after, c.dns_names, 0, c.der,
    encode(sha256(o.serial_number::bytea), 'hex'), now()
FROM certificates_order o, certificates_certificate c WHERE c.order_id = %s AND o.id > %s
"""
HELLO = """
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "6")])
    return [b"hello\\n"]
"""
MAKE_LIST = """
import resource, time
import django
django.setup()
from certificates import keyroom
from certificates.ca import crl
from certificates.ca.authority import Authority
from certificates.models import CertificateAuthority
from certificates.trust import lists
authority = CertificateAuthority.objects.get(name="issuing-1")
key = keyroom.key_of(authority)
began = time.perf_counter()
made = lists.make_list(authority, 0)
seconds = time.perf_counter() - began
megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
entries = list(lists.entries_of(made, made.this_update))
began = time.perf_counter()
dates = (made.this_update, made.next_update)
crl.build(Authority("issuing-1", authority.certificate), key, entries, number=1, dates=dates, urls=["http://x.example.com/"])
print(made.entries, time.perf_counter() - began, seconds, megabytes)
"""
# Each thread of wrk starts elsewhere in the list of addresses
ASK = """
local paths, at = {}, 0
for line in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = line end
function init() math.randomseed(os.time()) at = math.random(#paths) end
function request() at = at % #paths + 1 return wrk.format("GET", paths[at]) end
"""


def main() -> int:
    """Print what was measured; returns 1 where one is over its limit."""
    django.setup()
    certificates = int(sys.argv[1]) if len(sys.argv) > 1 else CERTIFICATES
    made = make(certificates)
    answers = 2 * certificates  # by SHA-1 and SHA-256
    over = [
        say(f"seconds for {answers} OCSP answers about {certificates} certificates", sign(made), answers * LIMIT_SIGNED)
    ]
    over += ocsp(made)
    over += lists(made)
    return int(any(over))


def say(what: str, number: float, limit: float, *, at_least: bool = False) -> bool:
    """Returns whether the number is on the wrong side of its limit."""
    over = number < limit if at_least else number > limit
    sys.stdout.write(f"{what:90}{number:>12.2f}{limit:>10.2f}{'  over' if over else ''}\n")
    sys.stdout.flush()
    return over


def make(count: int) -> list[int]:
    """So many certificates of the demo's issuing CA, by primary key; no list of them is complete, and none has answers."""
    from django.db import connection

    from certificates.models import Certificate, Order

    model = Certificate.objects.filter(order__status="issued").order_by("pk")[0]
    last = Order.objects.order_by("-pk")[0].pk
    with connection.cursor() as cursor:
        cursor.execute(COPY_ORDERS, [count, model.order_id])
        cursor.execute(COPY_CERTIFICATES, [model.order_id, last])
        cursor.execute("VACUUM ANALYZE certificates_order, certificates_certificate")
    return list(Certificate.objects.filter(order_id__gt=last).order_by("pk").values_list("pk", flat=True))


def sign(pks: list[int]) -> float:
    """Seconds until the `ca` worker has signed all answers, from the message on."""
    from certificates.models import Certificate, OcspAnswer, StatusChange
    from certificates.tasks import publish_changes

    certificates = Certificate.objects.filter(pk__in=pks).only("authority").iterator()
    StatusChange.objects.bulk_create((StatusChange.of(one, "ocsp") for one in certificates), batch_size=10_000)
    began = time.perf_counter()
    publish_changes.delay()
    while StatusChange.objects.filter(service="ocsp").exists():
        if time.perf_counter() - began > PATIENCE:
            raise RuntimeError("The ca worker did not sign all answers.")
        time.sleep(0.1)
    taken = time.perf_counter() - began
    if OcspAnswer.objects.filter(certificate__in=pks[:1000]).count() != 2000:
        raise RuntimeError("Answers are missing.")
    return taken


def ocsp(pks: list[int]) -> list[bool]:
    """Answers a second, beside those of a program that says hello."""
    if not shutil.which("wrk"):
        raise SystemExit("There is no wrk here, by which OCSP is asked. To have it: apt-get install wrk")
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-ocsp-", dir=MEMORY))
    (folder / "hello.py").write_text(HELLO)
    (folder / "ask.lua").write_text(ASK)
    (folder / "paths").write_text("\n".join(addresses(pks)))
    (folder / "hello").write_text("/")
    write_files(pks, folder / "files")
    files = {"PORTAL_OCSP_FILES": str(folder / "files")}
    try:
        with (
            gunicorn("hello", folder) as hello,
            gunicorn("sslportal.wsgi", folder) as database,
            gunicorn("sslportal.wsgi", folder, **files) as memory,
        ):
            rounds = [
                (rate(hello, folder, "hello"), rate(database, folder, "paths"), rate(memory, folder, "paths"))
                for _ in range(ROUNDS)
            ]
            served = nginx_rate(folder)
    finally:
        shutil.rmtree(folder)
    bare, read, filed = (statistics.median(column) for column in zip(*rounds, strict=True))
    sys.stdout.write(
        f"requests a second: hello {bare:.0f}, OCSP out of the database {read:.0f}, of files {filed:.0f}\n"
    )
    if served:
        sys.stdout.write(f"requests a second of nginx, which serves the files itself: {served:.0f}\n")
    share = statistics.median(files / hello for hello, _database, files in rounds)
    return [say("OCSP answers for each bare hello, out of files", share, LIMIT_SHARE, at_least=True)]


def write_files(pks: list[int], folder: Path) -> None:
    """The answers that are asked for as files, as the `ca` worker writes them."""
    from django.test import override_settings

    from certificates.models import OcspAnswer
    from certificates.trust import files

    folder.mkdir()
    with override_settings(OCSP_FILES=str(folder)):
        files.write(OcspAnswer.objects.filter(certificate__in=asked(pks)).select_related("certificate__authority"))


def asked(pks: list[int]) -> list[int]:
    """Those of the certificates about which is asked."""
    return pks[:: max(1, len(pks) // ASKED)]


def addresses(pks: list[int]) -> Iterator[str]:
    """What clients ask by GET."""
    from certificates.ca import ocsp_request
    from certificates.models import Certificate
    from certificates.trust.issuers import issuers_of

    for certificate in Certificate.objects.filter(pk__in=asked(pks)).select_related("authority"):
        issuer = issuers_of(certificate.authority)["sha1"]
        request = ocsp_request.write(ocsp_request.CertId(issuer, int(certificate.serial_number, 16)))
        yield f"/pki/ocsp/{certificate.authority.name}/{quote(base64.b64encode(request), safe='')}"


@contextmanager
def gunicorn(application: str, folder: Path, **settings: str) -> Iterator[str]:
    """The address of gunicorn with two sync workers."""
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}", "--workers", "2",
        "--worker-class", "sync", "--pythonpath", str(folder), "--no-control-socket", "--log-level", "warning",
    ]  # fmt: skip
    process = subprocess.Popen(command, env={**os.environ, **settings})  # noqa: S603  # ours
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def nginx_rate(folder: Path) -> float:
    """The same questions to nginx, by the set-up of docs/ocsp-files.md; 0 where there is none."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        return 0.0
    port = free_port()
    written = ocsp_front.configuration(folder, port, folder / "files", more="access_log off;")
    (folder / "nginx.conf").write_text(written, encoding="utf-8")
    folder.chmod(0o755)  # its workers are nobody's
    process = subprocess.Popen([program, "-c", str(folder / "nginx.conf"), "-p", str(folder)])  # noqa: S603  # ours
    try:
        wait_for(port)
        return rate(f"http://127.0.0.1:{port}", folder, "paths")
    finally:
        process.terminate()
        process.wait(20)


def wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("gunicorn does not answer.")


def rate(url: str, folder: Path, paths: str) -> float:
    """Requests a second that were answered by 200."""
    command = ["wrk", "-t", "1", "-c", "8", "-d", f"{SECONDS}s", "-s", str(folder / "ask.lua"), url]
    env = {**os.environ, "PATHS": str(folder / paths)}
    said = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout  # noqa: S603  # ours
    if "Non-2xx" in said:
        raise RuntimeError(said)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])


def lists(pks: list[int]) -> list[bool]:
    """The longest list that there can be, by a process of its own, so that its memory is its own as well."""
    from accounts.models import Administrator
    from certificates.models import Certificate, Revocation

    orders = dict(Certificate.objects.values_list("pk", "order"))
    by = Administrator.objects.order_by("pk")[0]
    revocations = (Revocation(certificate_id=pk, order_id=orders[pk], reason="changed", by=by) for pk in pks)
    Revocation.objects.bulk_create(revocations, batch_size=10_000)
    command = [sys.executable, "-c", MAKE_LIST]
    done = subprocess.run(command, env=with_ca(), capture_output=True, text=True, check=True)  # noqa: S603  # ours
    entries, in_memory, seconds, megabytes = (float(word) for word in done.stdout.split())
    if entries < len(pks):
        raise RuntimeError("The list is not complete.")
    sys.stdout.write(f"seconds for signing {entries:.0f} entries that are in memory already: {in_memory:.2f}\n")
    return [
        say(
            f"seconds for a revocation list of {entries:.0f} entries, out of the database and into it",
            seconds,
            LIMIT_LIST,
        ),
        say("MB at most that the process had for it", megabytes, LIMIT_MEMORY),
    ]


def with_ca() -> dict[str, str]:
    """The environment of the `ca` worker of the portal that runs."""
    from sslportal.embedded import environments
    from sslportal.embedded.state import State

    return environments.with_ca(dict(os.environ), State(Path(os.environ["PORTAL_DEMO_PEOPLE"]).parent))


if __name__ == "__main__":
    sys.exit(main())
