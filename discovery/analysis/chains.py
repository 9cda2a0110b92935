"""Is what a server sends complete and in order (RFC 5246, 7.4.2)?

Only what the certificates say of one another is judged here: names and signatures, not dates, not whom to trust.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from certificates.keycheck import der
from discovery.analysis import certificate as certificates
from discovery.analysis import links, signatures
from discovery.analysis.certificate import Certificate
from discovery.analysis.guard import attempt
from discovery.analysis.hosts import covers
from discovery.analysis.roots import Roots

__all__ = ["ChainVerdict", "Roots", "covers", "judge"]

MOST_TRIES = 30  # signatures that are verified for one chain; a chain of four needs as many, an odd key takes 1 ms


@dataclass(frozen=True)
class ChainVerdict:
    """What is right and wrong with a chain. Positions are those of the certificates as sent; the leaf's is 0.

    `is_complete`: by verified signatures one gets from the leaf to a certificate that signed itself, or that a root
    signed. `order` are the positions on that way, the shortest, or on the longest that leads nowhere; it need not hold a
    root that was sent. `is_ordered`: they were sent one after the other, nothing between them. `issuer`: who issued the
    leaf, out of the chain or else of the roots, in DER; None for a leaf that signed itself. `sha1_at`: on the way, those
    signed with SHA-1 or older, without one that signed itself. `strays` have nothing to do with the leaf, or come twice.
    """

    is_complete: bool
    is_ordered: bool
    order: tuple[int, ...]
    issuer: bytes | None
    sha1_at: tuple[int, ...]
    strays: tuple[int, ...]


def judge(chain: Sequence[bytes], roots: Roots) -> ChainVerdict:
    """What is to be said of a chain as it was sent, the leaf first. Never raises. About 0.3 ms."""
    return _Chain(chain, roots).verdict()


class _Chain:
    """The certificates that could be read, each once, by their positions, and those reached from the leaf."""

    def __init__(self, chain: Sequence[bytes], roots: Roots) -> None:
        self._length = len(chain)
        self._roots = roots
        self._at = _readable(chain)
        self._tries = 0
        # Of each one reached, the position from which it was, the nearest first
        self._below: dict[int, int | None] = {}
        if 0 in self._at:
            self._reach()

    def verdict(self) -> ChainVerdict:
        end = next(filter(self._is_end, self._below), None)
        order = self._way_to(end if end is not None else next(reversed(self._below), None))
        return ChainVerdict(
            is_complete=end is not None,
            is_ordered=order == tuple(range(len(order))),
            order=order,
            issuer=self._issuer(order),
            sha1_at=tuple(at for at in order if self._is_weakly_signed(self._at[at])),
            strays=tuple(at for at in range(1, self._length) if at not in self._below),
        )

    def _reach(self) -> None:
        self._below[0] = None
        queue = [0]
        for at in queue:
            for above in self._issuers_at(at):
                self._below[above] = at
                queue.append(above)

    def _issuers_at(self, at: int) -> Iterator[int]:
        """The positions, not reached before, of those that issued this one."""
        child = self._at[at]
        for above, issuer in self._at.items():
            if above in self._below or not links.has_name_of_issuer(child, issuer) or self._tries == MOST_TRIES:
                continue
            self._tries += 1
            if links.is_issued(child, issuer):
                yield above

    def _is_end(self, at: int) -> bool:
        return links.is_self_signed(self._at[at]) or self._roots.are_above(self._at[at])

    def _way_to(self, at: int | None) -> tuple[int, ...]:
        way = []
        while at is not None:
            way.append(at)
            at = self._below[at]
        return tuple(reversed(way))

    def _issuer(self, order: tuple[int, ...]) -> bytes | None:
        if not order or links.is_self_signed(self._at[0]):
            return None
        issuer = self._at[order[1]] if len(order) > 1 else self._roots.issuer_of(self._at[0])
        return issuer.whole if issuer else None

    def _is_weakly_signed(self, certificate: Certificate) -> bool:
        hash_name = attempt(lambda: signatures.hash_of(certificate.algorithm), "")
        return hash_name in signatures.SHA1_OR_OLDER and not links.is_self_signed(certificate)


def _readable(chain: Sequence[bytes]) -> dict[int, Certificate]:
    found: dict[bytes, tuple[int, Certificate]] = {}
    for at, each in enumerate(chain):
        try:
            opened = certificates.opened(each)
        except der.Malformed:
            continue
        found.setdefault(opened.digest, (at, opened))
    return dict(found.values())
