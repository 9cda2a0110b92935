"""The files in which a certificate can be downloaded (E12)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from certificates.ca import bundle

if TYPE_CHECKING:
    from certificates.models import Order

PEM = "application/x-pem-file"


@dataclass(frozen=True)
class Download:
    """One file: its name, what it is for, and its bytes."""

    name: str
    says: str | Promise
    content: bytes
    content_type: str


def files(order: "Order") -> list[Download]:
    """All files of an issued order; the PKCS#7 first, the server certificate next."""
    assert order.issued  # noqa: S101  # rules.may_download lets no other order through
    certificate = order.issued.x509
    *intermediates, root = [(_file_name(ca.name), ca.certificate) for ca in order.issued.authority.chain()]
    chain = [ca for _name, ca in intermediates]
    name = order.file_name
    everything = [(f"{name}.crt", certificate), *intermediates, root]
    return [
        Download(f"{name}.p7b", _("Server and intermediate certificates, PKCS#7"),
                 bundle.pkcs7_pem(certificate, chain), "application/x-pkcs7-certificates"),
        Download(f"{name}.crt", _("Server certificate"), bundle.pem(certificate), PEM),
        *(Download(file, _("Intermediate certificate"), bundle.pem(ca), PEM) for file, ca in intermediates),
        Download(f"{name}.fullchain.pem", _("Server and intermediate certificates, for nginx, HAProxy and others"),
                 bundle.chain_pem(certificate, chain), PEM),
        Download(f"{name}.der", _("Server certificate, DER"), bundle.der(certificate), "application/pkix-cert"),
        Download("ca-bundle.crt", _("Intermediate and root certificates, for servers based on OpenSSL"),
                 bundle.ca_bundle(chain, root[1]), PEM),
        Download("all-certificates.zip", _("Server, intermediate and root certificates, for IIS and others"),
                 bundle.zipped(everything), "application/zip"),
    ]  # fmt: skip


def _file_name(ca_name: str) -> str:
    return f"{slugify(settings.PORTAL_BRAND) or 'ca'}-{ca_name}.crt"
