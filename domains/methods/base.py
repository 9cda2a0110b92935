"""What all ways of confirming control have in common: what is offered, what was seen, what people are told."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from domains.states import Method
from sslportal.kit.names import Name

if TYPE_CHECKING:
    from domains.models import Attempt, Check


@dataclass(frozen=True)
class Contacts:
    """The contact addresses of a domain as far as a worker has found them: pairs of a method's key and an address."""

    pairs: tuple[tuple[str, str], ...] = ()
    is_running: bool = False

    def of(self, method: str) -> list[str]:
        return [address for key, address in self.pairs if key == method]


@dataclass(frozen=True)
class Offer:
    """One choice on the page of methods. `value` is what the form sends."""

    value: str
    method: Method
    label: str
    help: str = ""
    address: str = ""


@dataclass(frozen=True)
class Finding:
    """What a look for a record or a file brought. `verdict` and `code` as in Check; `found` is what was there instead."""

    verdict: str
    code: str
    question: str
    asked: str = ""
    found: list[str] = field(default_factory=list)
    detail: str = ""

    @property
    def is_found(self) -> bool:
        return self.verdict == "found"


@dataclass(frozen=True)
class ToPublish:
    """Something to be copied into a zone or onto a web server: its name on the page, and the text."""

    word: str
    text: str


@dataclass(frozen=True)
class Explanation:
    """What must happen for the attempt to succeed, what to publish, and what stood in the way at the last look."""

    says: list[str]
    publish: list[ToPublish] = field(default_factory=list)
    trouble: str = ""


class Way(Protocol):
    """The interface of a method's module."""

    def offer(self, name: Name, known: Contacts) -> list[Offer]:
        """The choices for the domain. Asks nobody."""

    def start(self, attempt: "Attempt") -> None:
        """Set an attempt going that was just written: in its transaction."""

    async def check(self, name: str, value: str) -> Finding | None:
        """Look whether the value is published for the name; None where there is nothing to look for. Touches no database."""

    def explain(self, attempt: "Attempt", last: "Check | None") -> Explanation:
        """What people are told about the open attempt; `last` is the newest look."""
