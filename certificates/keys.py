"""Whether a key may be certified: what keycheck finds in it, and what the portal remembers of it."""

from collections.abc import Sequence
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


def why_barred(order: "Order") -> str:
    """Why the order's key, which was fit when its CSR was read, must not be certified any more; empty where it may be.

    Since then it can have been reported as compromised, or have got into a list. A code of certificates.csr with what was
    found.
    """
    return "key-compromised" if order.is_key_reported else _code_of(keycheck.listed(order.key_sha256))


def why_unfit(order: "Order") -> str:
    """The same, with all that can be wrong with the key itself, which takes a hundred times as long. Right before signing."""
    return why_barred(order) or _code_of(keycheck.check(csr.spki_of(order.csr)))


def _code_of(weaknesses: Sequence[keycheck.Weakness]) -> str:
    return next((f"{found.code}:{found.detail}" for found in weaknesses), "")
