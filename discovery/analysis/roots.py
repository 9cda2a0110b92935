"""The roots that clients know, and the portal's own CAs."""

import re
import ssl
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from functools import cache

import certifi

from certificates.keycheck import der
from discovery.analysis import certificate as certificates
from discovery.analysis import links
from discovery.analysis.certificate import Certificate


class Roots:
    """What a chain ends at: Mozilla's roots, as certifi has them, and those among the certificates given.

    Intermediates may be given too. They complete no chain, since clients do not know them, but whose issuer one of them
    is can be asked about it.
    """

    def __init__(self, extra: Iterable[bytes] = ()) -> None:
        """What is no certificate is passed over. About 20 ms the first time."""
        self._by_subject: dict[Hashable, list[Certificate]] = defaultdict(list)
        for each in (*_mozillas(), *_opened(extra)):
            self._by_subject[each.subject_name.key].append(each)

    def issuer_of(self, child: Certificate) -> Certificate | None:
        """The root or intermediate that issued it."""
        return next(self._issuers_of(child), None)

    def are_above(self, child: Certificate) -> bool:
        """Whether one of the roots issued it, or is it."""
        return any(map(links.is_self_signed, self._issuers_of(child)))

    def _issuers_of(self, child: Certificate) -> Iterator[Certificate]:
        for each in self._by_subject.get(child.issuer_name.key, ()):
            if links.is_issued(child, each):
                yield each


@cache
def _mozillas() -> tuple[Certificate, ...]:
    """Out of PEM by ssl, for cryptography warns of one of them, whose serial number is 0."""
    pems = re.findall("-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", certifi.contents(), re.DOTALL)
    return tuple(_opened(map(ssl.PEM_cert_to_DER_cert, pems)))


def _opened(ders: Iterable[bytes]) -> Iterator[Certificate]:
    for each in ders:
        try:
            yield certificates.opened(each)
        except der.Malformed:
            continue
