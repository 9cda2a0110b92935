"""A TXT record at `_sslportal-challenge.<name>` with a random value (BR 3.2.2.4.7)."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from domains.methods.base import Contacts, Explanation, Finding, Offer, ToPublish
from domains.states import Method
from sslportal.kit import clock, names, policy
from sslportal.kit import dns as resolver
from sslportal.kit.dns import Answer, Outcome
from sslportal.kit.names import Name
from sslportal.kit.outside import printable

if TYPE_CHECKING:
    from domains.models import Attempt, Check

VALUE = "dns"
LABEL = "_sslportal-challenge"
MOST_SHOWN, LONGEST_SHOWN = 5, 120  # of what was found instead


def host(name: str) -> str:
    """Where the record stands."""
    return f"{LABEL}.{name}"


def offer(name: Name, known: Contacts) -> list[Offer]:
    if len(host(name.base)) > names.MAX_NAME:
        return []
    why = _("You publish a TXT record with a value that you get afterwards. It is found by itself, mostly "
            "within minutes.")  # fmt: skip
    return [Offer(VALUE, Method.DNS, _("DNS record"), why)]


def start(attempt: "Attempt") -> None:
    """A worker looks for it: see domains.checks."""


async def check(name: str, value: str) -> Finding | None:
    """Look for the value at its place; where there is none, also at the places where it often lands by mistake."""
    answer = await resolver.ask(host(name), "TXT")
    texts = resolver.texts(answer)
    if answer.outcome == Outcome.FOUND:
        code = "found" if _holds(texts, value) else "other"
    else:
        code = "nothing" if answer.is_absence else answer.outcome.value
    if code in ("nothing", "other") and (elsewhere := await _elsewhere(name, value)):
        return _finding(answer, "misplaced", [elsewhere])
    return _finding(answer, code, texts if code == "other" else [])


async def _elsewhere(name: str, value: str) -> str:
    """Where else the value stands: at the domain itself, or below its zone twice, as when a zone adds its own name."""
    zones = dict.fromkeys((names.parse(name).registrable, name))
    for place in (name, *(f"{host(name)}.{zone}" for zone in zones)):
        if len(place) <= names.MAX_NAME and _holds(resolver.texts(await resolver.ask(place, "TXT")), value):
            return place
    return ""


def _holds(texts: list[str], value: str) -> bool:
    """Whether one of the records is the value, quotes and white space around it forgiven."""
    return any(text.strip().strip('"').strip() == value for text in texts)


def _finding(answer: Answer, code: str, found: list[str]) -> Finding:
    verdict = {"found": "found", "nothing": "missing", "other": "missing", "misplaced": "missing"}.get(code, "failed")
    shown = [printable(text[:LONGEST_SHOWN])[:LONGEST_SHOWN] for text in found[:MOST_SHOWN]]
    return Finding(verdict, code, answer.question, answer.asked, shown, answer.detail)


def explain(attempt: "Attempt", last: "Check | None") -> Explanation:
    says = _("Publish this record in DNS. It is looked for by itself until it is there.")
    if policy.at(clock.now()).dns_record_renews:
        says += " " + _("Leave it where it is afterwards: it confirms the domain again when the time has come.")
    publish = [
        ToPublish(_("Kind"), "TXT"),
        ToPublish(_("Name of the record"), host(attempt.name)),
        ToPublish(_("Value"), attempt.value),
    ]
    return Explanation([says], publish, trouble(last, attempt.name) if last else "")


TROUBLE = {
    "nothing": gettext_lazy("There is no TXT record at %(host)s yet."),
    "other": gettext_lazy("At %(host)s there is no TXT record with this value, but: %(found)s."),
    "misplaced": gettext_lazy(
        "The value stands at %(place)s, where it does not count. Move it to %(host)s; many providers add the domain's own "
        "name by themselves."
    ),
    "bogus": gettext_lazy(
        "The answer for %(host)s fails DNSSEC validation, so it cannot be trusted (%(detail)s). Mend the signatures of the "
        "zone, or take its DS record out of the parent zone."
    ),
    "silent": gettext_lazy("The domain's DNS servers did not answer in time for %(host)s. They are asked again."),
    "unvalidated": gettext_lazy(
        "The portal's DNS resolver does not validate DNSSEC, so no answer counts. The operator must set this right."
    ),
}
NO_ANSWER = gettext_lazy("The question for %(host)s brought no usable answer (%(detail)s). It is asked again.")


def trouble(last: "Check", name: str) -> str:
    """Why the last look did not find it, and what to do."""
    if last.code == "found":
        return ""
    return str(TROUBLE.get(last.code, NO_ANSWER)) % {
        "host": host(name),
        "found": ", ".join(f"“{text}”" for text in last.found),
        "place": last.found[0] if last.found else "",
        "detail": last.detail,
    }
