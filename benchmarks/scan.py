"""`./portal bench scan`: certificates a second and memory of the scan engine, beside nmap where it is installed.

The servers are in a process of their own. Of several rounds the one counts that was disturbed least.
"""

import contextlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks import _scan_field
from discovery.scanner.hello import CERTIFICATE, client_hello
from sslportal.embedded.places import free_port

HERE = Path(__file__).parent
FIRST = ip_address("127.64.0.1")
MANY, FEWER, ALL = 4_096, 1_024, 65_534
ONE_IN = 100  # of all pairs answers
SILENT, TIMEOUT, FAST = 5_000, 1.0, 500
ROUNDS = 5
CERTIFICATES, TLS13, SECONDS, EXCESS, MEGABYTES = 2_500, 600, 6.0, 1.10, 60  # the limits


def main() -> int:
    """Print what was measured, and the limits; returns 1 where one is missed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_material(folder, rsa.generate_private_key(65537, 2048))
        missed = [*field_of_certificates(folder), *field_of_refusals(folder), *field_of_silence(folder)]
        make_material(folder, ec.generate_private_key(ec.SECP256R1()))
        missed += [*field_of_tls13(folder), *field_of_real_servers(folder)]
    return int(any(missed))


def say(what: str, number: float, least: float | None = None, most: float | None = None) -> bool:
    """Returns whether the number misses its limit."""
    missed = (least is not None and number < least) or (most is not None and number > most)
    limit = f"at least {least:,.0f}" if least else f"at most {most:,.2f}" if most else ""
    sys.stdout.write(f"{what:74}{number:>10,.2f}  {limit:16}{'  missed' if missed else ''}\n")
    sys.stdout.flush()
    return missed


def costs(best: dict[str, float], count: int) -> bool:
    """What else it took, of which the processor's time tells how far the machine was busy with others."""
    say("    milliseconds of the processor for each", best["processor"] / count * 1e3)
    return say("    MB at most", best["megabytes"], most=MEGABYTES)


def field_of_certificates(folder: Path) -> Iterator[bool]:
    with field(folder, "replay", MANY) as port:
        for speed in ("slow", "normal", "fast"):
            best = scan(MANY, port, speed, found=MANY)
            yield say(f"certificates a second, {MANY:,} endpoints, {speed}", MANY / best["seconds"], least=CERTIFICATES)
            yield costs(best, MANY)


def field_of_refusals(folder: Path) -> Iterator[bool]:
    with field(folder, "replay", ALL, step=ONE_IN) as port:
        answering = -(-ALL // ONE_IN)
        theirs = nmap(ALL, port, answering)
        for speed in ("slow", "fast"):
            best = scan(ALL, port, speed, found=answering)
            what = f"seconds for {ALL:,} pairs of which 1 % answer and the others refuse, {speed}"
            yield say(what, best["seconds"], most=min(SECONDS, theirs or SECONDS))
            yield costs(best, ALL)
        if theirs:
            say("    nmap", theirs)


def field_of_silence(folder: Path) -> Iterator[bool]:
    with field(folder, "silent", 1) as port:
        best = scan(1, port, "fast", found=0, times=SILENT, rounds=1)
        ideal = SILENT * TIMEOUT / FAST
        yield say(
            f"seconds for {SILENT:,} silent pairs, fast, time-out {TIMEOUT} s", best["seconds"], most=ideal * EXCESS
        )


def field_of_tls13(folder: Path) -> Iterator[bool]:
    with field(folder, "tls13", FEWER) as port:
        best = scan(FEWER, port, "normal", found=FEWER)
        yield say("certificates a second of servers of TLS 1.3 alone, normal", FEWER / best["seconds"], least=TLS13)
        yield costs(best, FEWER)


def field_of_real_servers(folder: Path) -> Iterator[bool]:
    with field(folder, "tls", FEWER) as port:
        best = scan(FEWER, port, "normal", found=FEWER)
        theirs = nmap(FEWER, port, FEWER)
        what = f"certificates a second, {FEWER:,} real servers with ECDSA, two hellos each"
        yield say(what, FEWER / best["seconds"], least=FEWER / theirs if theirs else None)
        if theirs:
            say("    nmap --script ssl-cert", FEWER / theirs)


@contextlib.contextmanager
def field(folder: Path, kind: str, count: int, step: int = 1) -> Iterator[int]:
    """Servers on one port of every step-th address; yields the port."""
    port = free_port()
    words = [str(folder), kind, str(FIRST), str(step), str(count), str(port)]
    command = [sys.executable, str(HERE / "_scan_field.py"), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # ours
        try:
            if process.stdout is None or process.stdout.readline() != "ready\n":
                raise RuntimeError(f"The field of {kind} did not begin.")
            yield port
        finally:
            process.kill()


def scan(count: int, port: int, speed: str, *, found: int, times: int = 1, rounds: int = ROUNDS) -> dict[str, float]:
    """The best of several rounds. Raises RuntimeError if one did not find everything."""
    words = [str(FIRST), str(FIRST + count - 1), str(port), str(times), speed, str(TIMEOUT)]
    command = [sys.executable, str(HERE / "_scan_once.py"), *words]
    done = []
    for _ in range(rounds):
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603  # ours
        done.append(json.loads(said))
        if done[-1]["outcomes"].get("found", 0) != found:
            raise RuntimeError(f"{found} certificates were there: {said}")
    return min(done, key=lambda one: one["seconds"])


def nmap(count: int, port: int, found: int) -> float | None:
    """The seconds that nmap takes for the same endpoints, None where it is not installed."""
    program = shutil.which("nmap")
    if not program:
        return None
    hosts = "\n".join(str(FIRST + at) for at in range(count))
    command = [program, "-n", "-Pn", "-T5", "-p", str(port), "--script", "+ssl-cert", "-iL", "-"]
    began = time.monotonic()
    said = subprocess.run(command, input=hosts, capture_output=True, text=True, check=True).stdout  # noqa: S603
    seconds = time.monotonic() - began
    if len(re.findall("ssl-cert: Subject", said)) < found * 0.99:
        raise RuntimeError(f"nmap found other certificates than {found}: {said[-1000:]}")
    return seconds


def make_material(folder: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
    """A chain as servers have it, its key, and the flight of a real server that has them."""
    above = rsa.generate_private_key(65537, 2048)
    chain = [certificate("www.example.com", key, above, names=40), certificate("Issuing", above, above)]
    (folder / "chain.pem").write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in chain))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "flight").write_bytes(_scan_field.record(folder, client_hello(CERTIFICATE)))


def certificate(
    name: str,
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    issuer: rsa.RSAPrivateKey,
    names: int = 1,
) -> x509.Certificate:
    sans = [x509.DNSName(f"host-{number}.example.com") for number in range(names)]
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Issuing")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC))
        .not_valid_after(datetime.now(UTC) + timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName(sans), critical=False)
        .sign(issuer, hashes.SHA256())
    )


if __name__ == "__main__":
    sys.exit(main())
