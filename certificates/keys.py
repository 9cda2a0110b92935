"""Whether a key may be certified: what keycheck finds in it, and what the portal remembers of it."""

from typing import TYPE_CHECKING

from certificates import csr, keycheck
from certificates.models import CompromisedKey

if TYPE_CHECKING:
    from certificates.models import Order


def read_csr(data: str | bytes) -> csr.Request:
    """The CSR that somebody brings, by whatever way. Raises CsrRefused, for a key once reported as compromised as well."""
    request = csr.read(data)
    if is_compromised(request.key_sha256):
        refusal = csr.refused("key-compromised")
        refusal.tell_origin(request.made_by, [request.common_name, *request.dns_names])
        raise refusal
    return request


def is_compromised(key_sha256: str) -> bool:
    return CompromisedKey.objects.filter(key_sha256=key_sha256).exists()


def why_unfit(order: "Order") -> str:
    """Why the order's key must not be certified, as a code of certificates.csr with what was found; empty where it may be.

    It was fit when the CSR was read; since then it can have been reported as compromised, or have got into a list.
    """
    if is_compromised(order.key_sha256):
        return "key-compromised"
    return next((f"{found.code}:{found.detail}" for found in keycheck.check(csr.spki_of(order.csr))), "")
