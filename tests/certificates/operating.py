"""The operator at the command line, and the openssl command as a stranger who checks what the portal publishes."""

import io
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.management import CommandError, call_command

from certificates.models import CertificateAuthority, Crl


def manage(*words):
    """What `manage.py ca` prints."""
    out = io.StringIO()
    call_command("ca", *map(str, words), stdout=out)
    return out.getvalue()


def refusal(*words):
    """Why `manage.py ca` does not do it."""
    with pytest.raises(CommandError) as refused:
        manage(*words)
    return str(refused.value)


def names():
    """Of all CAs."""
    return list(CertificateAuthority.objects.order_by("pk").values_list("name", flat=True))


def verify(certificate, folder):
    """What `openssl verify` says of a server certificate, with all lists that the CAs publish."""
    *intermediates, root = [one.certificate for one in certificate.authority.chain()]
    lists = [x509.load_der_x509_crl(bytes(one.der)) for one in Crl.objects.exclude(der=None)]
    for name, things in (("root", [root]), ("chain", intermediates), ("lists", lists), ("server", [certificate.x509])):
        (folder / f"{name}.pem").write_bytes(b"".join(thing.public_bytes(Encoding.PEM) for thing in things))
    done = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-crl_check_all", "-CAfile", "root.pem",
         "-untrusted", "chain.pem", "-CRLfile", "lists.pem", "server.pem"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr
