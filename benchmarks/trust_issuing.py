"""`./portal bench trust-issuing [orders]`: orders with nothing in the way, from handing them over to the last certificate."""

import os
import secrets
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import django
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from benchmarks import keys

ORDERS, WARM_UP, WORKERS, ROUNDS = 1_000, 50, 2, 200
LIMIT = 100.0  # certificates a second
PATIENCE = 180.0
OURS = "rsa-2048"  # no choice for a CA of the portal's own; here it is, to compare with others


def main() -> int:
    """Print what was measured; returns 1 where it is under the limit."""
    django.setup()
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else ORDERS
    orders, seconds = issue(wanted)
    lints, signatures, checks = bounds()
    sys.stdout.write(
        f"a second and core: {lints:.0f} lints, {signatures:.0f} signatures by RSA-2048, {checks:.0f} checks of such a key\n"
    )
    rate = orders / seconds
    under = rate < LIMIT
    what = f"certificates a second by {WORKERS} workers, {orders} orders in {seconds:.1f} seconds"
    sys.stdout.write(f"{what:75}{rate:>10.0f}{LIMIT:>10.0f}{'  under' if under else ''}\n")
    return int(under)


def issue(count: int = ORDERS) -> tuple[int, float]:
    """So many orders, each with a key of its own, and the seconds until the workers of the portal had issued them all."""
    with signing():
        seconds_until_issued(make(WARM_UP))
        orders = make(count)
        return count, seconds_until_issued(orders)


def bounds() -> tuple[float, float, float]:
    """What one core could do at most if each certificate took nothing but a lint, a signature, or one check of its key."""
    from certificates import keycheck
    from certificates.ca import lint, signing
    from certificates.models import Certificate

    certificate = Certificate.objects.order_by("pk").last().x509
    der, tbs = certificate.public_bytes(Encoding.DER), certificate.tbs_certificate_bytes
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    key = signing.throw_away_key(load_der_public_key(spki))
    lint.warm_up()
    return (
        a_second(lambda: lint.lint(der, "private")),
        a_second(lambda: key.sign(tbs, PKCS1v15(), SHA256())),
        a_second(lambda: keycheck.flaws.__wrapped__(spki)),
    )


def a_second(act: Callable[[], object]) -> float:
    """How often in a second of the processor, since the portal still has mail to send."""
    act()
    began = time.process_time()
    for _ in range(ROUNDS):
        act()
    return ROUNDS / (time.process_time() - began)


def seconds_until_issued(orders: list[int]) -> float:
    """From handing them over, as approving does, until all are issued: everything is done by the workers, mail included."""
    from certificates import tasks
    from certificates.models import Order
    from certificates.states import Status
    from sslportal.kit import clock, queue

    ours = Order.objects.filter(pk__range=(orders[0], orders[-1]))
    began = time.perf_counter()
    ours.update(status=Status.PENDING, updated_at=clock.now())  # as if approved; until here no sweep has found them
    for order in orders:
        queue.together_after_commit(tasks.process_orders, order)
    while ours.exclude(status=Status.ISSUED).exists():
        if time.perf_counter() - began > PATIENCE:
            raise RuntimeError("The workers did not issue all of them.")
        time.sleep(0.1)
    return time.perf_counter() - began


@contextmanager
def signing() -> Iterator[None]:
    """Have certificates signed by CAs with keys of RSA-2048, and by workers of ours in place of the portal's one."""
    from sslportal.celery import app

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        passphrase = folder / "passphrase"
        passphrase.touch(0o600)
        passphrase.write_text(secrets.token_urlsafe(), encoding="utf-8")
        stack.enter_context(current_ca(folder / "keys", passphrase.read_bytes()))
        app.control.cancel_consumer("ca", reply=True)
        stack.callback(lambda: app.control.add_consumer("ca", reply=True, destination=named("ca")))
        env = {**os.environ, "CA_KEYS": str(folder / "keys"), "CA_PASSPHRASE_FILE": str(passphrase)}
        env["PKI_URL"] = "http://pki.example.com"  # as in life: localhost is a notice of the linter's
        for number in range(WORKERS):
            stack.enter_context(worker(f"ca-{number}", env, folder / f"{number}.log"))
        yield


def named(worker: str) -> list[str]:
    """The worker's full name, if it answers."""
    from sslportal.celery import app

    return [name for answer in app.control.ping() for name in answer if name.startswith(f"{worker}@")]


@contextmanager
def worker(name: str, env: dict[str, str], log: Path) -> Iterator[None]:
    """One more worker of the queue `ca`, as the portal starts its own."""
    from sslportal.embedded import crew

    words = [f"{name}@%h" if word == "ca@%h" else word for word in crew._worker("trust,ca")]
    program = crew._celery(name, env, *words)
    with log.open("w", encoding="utf-8") as output:
        process = program.logged(output.fileno(), stdout=output)
    try:
        while not named(name):
            if process.poll() is not None:
                raise RuntimeError(f"A worker has ended: {log.read_text(encoding='utf-8')}")
        yield
    finally:
        process.terminate()
        process.wait()


@contextmanager
def current_ca(folder: Path, passphrase: bytes) -> Iterator[None]:
    """CAs with keys of RSA-2048 in the folder, from which orders get their certificates meanwhile."""
    from certificates.authorities import making
    from certificates.ca import hierarchy, keys
    from certificates.models import CertificateAuthority

    keys.ALGORITHMS[OURS] = keys._rsa(2048)
    store = keys.FileKeyStore(folder, passphrase)
    made = hierarchy.create_below(None, store, making.terms(""), algorithm=OURS, taken=making.names())
    before = list(CertificateAuthority.objects.filter(is_current=True).values_list("pk", flat=True))
    CertificateAuthority.objects.update(is_current=False)
    for authority in made:
        making.record(authority)
    try:
        yield
    finally:
        CertificateAuthority.objects.update(is_current=False)
        CertificateAuthority.objects.filter(pk__in=before).update(is_current=True)


def make(count: int) -> list[int]:
    """Pending orders of one company for names in its domain, with nothing in the way, and CAA asked; their numbers."""
    from tests import factories

    word = f"{uuid.uuid4().hex[:12]}.com"
    account = factories.make_account(word)
    person = factories.make_person(f"first@{word}", account)
    profile = factories.make_profile(account, primary=person)
    factories.make_domain(profile, word)
    return [make_order(profile, person, f"host-{number}.{word}") for number in range(count)]


def make_order(profile, person, name: str) -> int:
    from django.conf import settings

    from certificates import caa, csr, keycheck
    from certificates.models import CaaCheck
    from certificates.queries import dns_names
    from certificates.states import Status
    from sslportal.kit import clock
    from tests import factories

    request = csr_of_new_key()
    spki = csr.spki_of(request)
    order = factories.make_order(
        profile, person, status=Status.APPROVE, name=name, csr=request, key_sha256=keycheck.identity(spki)
    )
    now, names = clock.now(), dns_names(order)
    asked = {
        "names": names,
        "issuers": settings.CAA_NAMES,
        "since": now,
        "at": now,
        "valid_until": now + caa.LEAST_LIFETIME,
    }
    results = [caa.Verdict(one, caa.ALLOWED, "no-records").as_json() for one in names]
    CaaCheck.objects.create(order=order, allowed=True, results=results, **asked)
    return order.pk


def csr_of_new_key() -> str:
    """A CSR in which the modulus was exchanged: its signature is wrong, at which nobody looks after the order was sent."""
    from certificates import csr
    from tests.openssl import csr_pem

    template = csr.read(csr_pem())
    old = load_der_public_key(template.spki).public_numbers().n
    new = keys.factor(1024) * keys.factor(1024)
    der = template.der.replace(old.to_bytes(256), new.to_bytes(256))
    return x509.load_der_x509_csr(der).public_bytes(Encoding.PEM).decode()


if __name__ == "__main__":
    sys.exit(main())
