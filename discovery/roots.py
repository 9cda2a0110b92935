"""What the chains that servers show may end at."""

from functools import lru_cache

from certificates.models import CertificateAuthority
from discovery.analysis.chains import Roots


def roots() -> Roots:
    """The authorities that everybody trusts, and our own.

    Our intermediates are among them only so that who issued a certificate is known: they complete no chain, for servers
    have to send them.
    """
    ours = CertificateAuthority.objects.order_by("pk").values_list("der", flat=True)
    return _with(tuple(bytes(der) for der in ours))


@lru_cache(maxsize=1)
def _with(ours: tuple[bytes, ...]) -> Roots:
    return Roots(ours)
