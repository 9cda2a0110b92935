"""Whoever has the offline root: does what the README of a request says, with the openssl command, or does it wrong."""

import re
import shlex
import subprocess
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

PASSPHRASE = "known to two people"


def sign(folder):
    """Run all commands of the README in the folder; returns the files that are to be imported."""
    for command in commands(folder):
        run(folder, command)
    return [folder / name for name in importing(folder)]


def make_list(folder):
    """Run the one command that makes the root's next list; returns its file."""
    run(folder, next(command for command in commands(folder) if "-gencrl" in command))
    return folder / "root-1.crl"


def commands(folder):
    """Those that stand in lines of their own."""
    return re.findall(r"^    (openssl .*)$", readme(folder), re.MULTILINE)


def importing(folder):
    """The names of the files that the README says to import."""
    return re.search(r"^    manage.py ca import (.*)$", readme(folder), re.MULTILINE)[1].split()


def readme(folder):
    return (folder / "README.txt").read_text(encoding="utf-8")


def run(folder, command):
    """In a session without a terminal, so that openssl takes the passphrase from where it is given."""
    done = subprocess.run(
        shlex.split(command), cwd=folder, input=f"{PASSPHRASE}\n" * 2, text=True, capture_output=True, check=False,
        start_new_session=True,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stderr}"


class Root:
    """The root with its key, as the openssl command has made it in the folder, for what that command would not do."""

    def __init__(self, folder):
        self.folder = folder
        self.certificate = x509.load_pem_x509_certificate((folder / "root-1.pem").read_bytes())
        self.key = load_pem_private_key((folder / "root-1.key").read_bytes(), PASSPHRASE.encode())

    def certify(self, like, *, key=None, subject=None, days=None, begins=None, without=None, hash_algorithm=None):
        """Another certificate like the one given, for another key, subject or time, or without an extension."""
        not_before = begins or like.not_valid_before_utc
        builder = x509.CertificateBuilder(
            issuer_name=self.certificate.subject,
            subject_name=subject or like.subject,
            public_key=key or like.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=not_before,
            not_valid_after=not_before + timedelta(days=days) if days else like.not_valid_after_utc,
            extensions=[one for one in like.extensions if without is None or not isinstance(one.value, without)],
        )
        return self.keep(builder.sign(self.key, hash_algorithm or hashes.SHA256()))

    def list(self, number=1, *, begins=None, days=90, revoked=(), extensions=(), key=None):
        """A revocation list, with critical extensions."""
        begins = begins or datetime.now(UTC).replace(microsecond=0)
        builder = x509.CertificateRevocationListBuilder(self.certificate.subject, begins, begins + timedelta(days=days))
        for certificate in revoked:
            entry = x509.RevokedCertificateBuilder(certificate.serial_number, begins)
            builder = builder.add_revoked_certificate(entry.build())
        if number is not None:
            builder = builder.add_extension(x509.CRLNumber(number), critical=False)
        for extension in extensions:
            builder = builder.add_extension(extension, critical=True)
        return self.keep(builder.sign(key or self.key, hashes.SHA256()))

    def keep(self, signed):
        """The file in which it is brought."""
        path = self.folder / f"answer-{len(list(self.folder.iterdir()))}.pem"
        path.write_bytes(signed.public_bytes(Encoding.PEM))
        return path


def other_key():
    return ec.generate_private_key(ec.SECP256R1())
