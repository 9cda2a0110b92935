"""A file with a random value below /.well-known/pki-validation/ on the domain's web server (BR 3.2.2.4.18)."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from domains.methods.base import Contacts, Explanation, Finding, Offer, ToPublish
from domains.states import Method
from sslportal.kit import clock, fetch, policy
from sslportal.kit.fetch import Fetched
from sslportal.kit.names import Name

if TYPE_CHECKING:
    from domains.models import Attempt, Check

VALUE = "file"
FILE_NAME = "sslportal.txt"
PATH = f"/.well-known/pki-validation/{FILE_NAME}"
LONGEST_SHOWN = 120


def url(name: str, scheme: str = "http") -> str:
    """Where the file is looked for. The value is no part of the address."""
    return f"{scheme}://{name}{PATH}"


def offer(name: Name, known: Contacts) -> list[Offer]:
    method = policy.at(clock.now()).method(Method.FILE)
    why = _("You put a file with a value that you get afterwards on the domain's web server. It is found by "
            "itself.")  # fmt: skip
    if method and not method.covers_below:
        why += " " + _("A file proves this very name only: no names below it, and no wildcard.")
    return [Offer(VALUE, Method.FILE, _("File on the web server"), why)]


def start(attempt: "Attempt") -> None:
    """A worker looks for it: see domains.checks."""


async def check(name: str, value: str) -> Finding | None:
    """Look for the value in a line of the file, by http and then by https. What http brought is told where both fail."""
    first = _judge(await fetch.fetch(url(name)), value)
    if first.is_found:
        return first
    second = _judge(await fetch.fetch(url(name, "https")), value)
    return second if second.is_found or (first.code == "connect" and second.code != "connect") else first


def _readings(body: bytes) -> list[list[str]]:
    """The lines of the file, read as UTF-8, and as UTF-16 where it begins so, as some editors and shells write it."""
    is_wide = body.startswith((b"\xff\xfe", b"\xfe\xff"))
    texts = [body.decode(encoding, "replace") for encoding in (*(("utf-16",) if is_wide else ()), "utf-8-sig")]
    return [[line.strip() for line in text.splitlines() if line.strip()] for text in texts]


def _judge(fetched: Fetched, value: str) -> Finding:
    question = " → ".join(fetched.hops)[:400] or fetched.url[:400]
    if fetched.problem:
        found = [str(fetched.status)] if fetched.problem == "status" else []
        verdict = "missing" if fetched.problem == "status" else "failed"
        return Finding(verdict, fetched.problem, question, fetched.asked, found, fetched.detail)
    readings = _readings(fetched.body)
    if any(value in lines for lines in readings):
        return Finding("found", "found", question, fetched.asked)
    return Finding("missing", "other", question, fetched.asked, [_printable(line) for line in readings[0]][:1])


def _printable(line: str) -> str:
    return "".join(one if one.isprintable() else "�" for one in line[:LONGEST_SHOWN])


def explain(attempt: "Attempt", last: "Check | None") -> Explanation:
    says = _(
        "Put this file on the web server of the domain. It is looked for by itself until it is there, by http on port 80 "
        "and by https on port 443; redirects are followed."
    )
    publish = [
        ToPublish(_("Address of the file"), url(attempt.name)),
        ToPublish(_("Content of the file"), attempt.value),
    ]
    return Explanation([says], publish, trouble(last, attempt.name) if last else "")


NOT_PUBLIC = gettext_lazy(
    "%(name)s, or where it redirects to, leads to an address that is not on the public Internet. The portal does not "
    "connect to it (%(detail)s)."
)
BAD_REDIRECT = gettext_lazy(
    "%(url)s redirects in a way that does not count (%(detail)s). Only 301, 302, 307 and 308 to http or https on ports 80 "
    "and 443 are followed."
)
TROUBLE = {
    "status": gettext_lazy("At %(url)s the web server answered with status %(found)s instead of the file."),
    "other": gettext_lazy("The file at %(url)s does not have the value, but begins with “%(found)s”."),
    "no-address": gettext_lazy("%(name)s has no address in DNS, so there is no web server to ask."),
    "dns": gettext_lazy("The address of %(name)s could not be found out (%(detail)s). It is asked again."),
    "refused-address": NOT_PUBLIC,
    "connect": gettext_lazy(
        "No connection to the web server of %(name)s (%(detail)s). Ports 80 and 443 must be reachable from outside."
    ),
    "timeout": gettext_lazy("The web server of %(name)s did not answer in time."),
    "bad-redirect": BAD_REDIRECT,
    "too-many-redirects": BAD_REDIRECT,
    "too-long": gettext_lazy("The answer at %(url)s is far longer than the file."),
}
EMPTY = gettext_lazy("The file at %(url)s is empty.")
NONSENSE = gettext_lazy("What the web server of %(name)s answered could not be understood (%(detail)s).")


def trouble(last: "Check", name: str) -> str:
    """Why the last look did not find it, and what to do."""
    if last.code == "found":
        return ""
    says = EMPTY if last.code == "other" and not last.found else TROUBLE.get(last.code, NONSENSE)
    found = last.found[0] if last.found else ""
    return str(says) % {"url": url(name), "name": name, "found": found, "detail": last.detail}
