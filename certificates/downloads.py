"""The files in which a certificate can be downloaded (E12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from certificates.ca import bundle
from certificates.models import CertificateAuthority
from certificates.servers import Site

if TYPE_CHECKING:
    from certificates.models import Order

PEM = "application/x-pem-file"
EXAMPLE = ("www.example.com", "shop.example.com")


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
    site = site_of(order)
    certificate = order.issued.x509
    *chain, root = [ca.certificate for ca in order.issued.authority.chain()]
    intermediates = list(zip(site.intermediates, chain, strict=True))
    everything = [(site.certificate, certificate), *intermediates, (site.root, root)]
    return [
        Download(site.pkcs7, _("Server and intermediate certificates, PKCS#7"),
                 bundle.pkcs7_pem(certificate, chain), "application/x-pkcs7-certificates"),
        Download(site.certificate, _("Server certificate"), bundle.pem(certificate), PEM),
        *(Download(file, _("Intermediate certificate"), bundle.pem(ca), PEM) for file, ca in intermediates),
        Download(site.root, _("Root certificate, for clients that do not know it yet"), bundle.pem(root), PEM),
        Download(site.fullchain, _("Server and intermediate certificates, for nginx, HAProxy and others"),
                 bundle.chain_pem(certificate, chain), PEM),
        Download(site.der, _("Server certificate, DER"), bundle.der(certificate), "application/pkix-cert"),
        Download(site.bundle, _("Intermediate and root certificates, for servers based on OpenSSL"),
                 bundle.ca_bundle(chain, root), PEM),
        Download(site.everything, _("Server, intermediate and root certificates, for IIS and others"),
                 bundle.zipped(everything), "application/zip"),
    ]  # fmt: skip


def site_of(order: "Order") -> Site:
    """The names in an issued certificate, and what its files are called."""
    assert order.issued  # noqa: S101  # as above
    others = [name for name in order.issued.dns_names if name != order.common_name]
    return _site([order.common_name, *others], order.issued.authority)


def example(names: Sequence[str] = EXAMPLE) -> Site:
    """The same for names that have no certificate yet: the CA is the one that would issue it."""
    issuing = CertificateAuthority.objects.filter(role=CertificateAuthority.Role.ISSUING, is_current=True).first()
    return _site(names, issuing)


def _site(names: Sequence[str], issuing: CertificateAuthority | None) -> Site:
    chain = [ca.name for ca in issuing.chain()] if issuing else ["issuing-1", "policy-1", "root-1"]
    *intermediates, root = [f"{label_of(name)}.crt" for name in chain]
    return Site(names, intermediates, root)


def label_of(ca_name: str) -> str:
    """What a CA is called on machines that have certificates of others too: its name, after ours."""
    return f"{slugify(settings.PORTAL_BRAND) or 'ca'}-{ca_name}"
