"""What CAA records say of an order, in the reader's language: which record, where it stands, and what to do about it."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from certificates.caa import ALLOWED, FAILED, MAX_RECORDS, REFUSED, Verdict
from sslportal.kit import names
from sslportal.kit.dns import Outcome

SHOWN = 3  # names and records in one sentence

WORDS = {
    ALLOWED: gettext_lazy("Allowed"),
    REFUSED: gettext_lazy("Refused"),
    FAILED: gettext_lazy("No answer that counts"),
}

REFUSALS = {
    "others": gettext_lazy(
        "By its CAA records, %(where)s lets only %(about)s issue certificates for %(names)s: %(records)s. "
        "Add the record “%(mended)s”, or remove the CAA records."
    ),
    "nobody": gettext_lazy(
        "By its CAA records, %(where)s lets nobody issue certificates for %(names)s: %(records)s. "
        "Add the record “%(mended)s”, or remove the CAA records."
    ),
    "malformed": gettext_lazy(
        "The CAA records of %(where)s cannot be read, which lets nobody issue certificates for %(names)s: %(records)s. "
        "Write “%(mended)s” instead, or remove the CAA records."
    ),
    "critical": gettext_lazy(
        "A CAA record of %(where)s demands what this portal does not know, %(about)s, so that nothing can be issued for "
        "%(names)s: %(records)s. Remove that record, or set its flags to 0."
    ),
    "tied": gettext_lazy(
        "By its CAA records, %(where)s lets this portal issue certificates for %(names)s on a condition only: "
        "%(records)s. %(why)s Add the record “%(mended)s”, without a condition."
    ),
}
TIES = {
    "accounturi": gettext_lazy("“accounturi” names an account of the ACME protocol, of which this portal has none."),
    "validationmethods": gettext_lazy(
        "“validationmethods” names ways in which the ACME protocol confirms a domain; this portal has ways of its own."
    ),
}
FAILURES: dict[str, Promise] = {
    Outcome.BOGUS: gettext_lazy(
        "The CAA records of %(where)s cannot be trusted, so nothing is issued for %(names)s: their DNSSEC signatures are "
        "missing or wrong. Mend the signatures, or the DS records of the domain."
    ),
    Outcome.SILENT: gettext_lazy(
        "The DNS does not answer when it is asked for the CAA records of %(where)s, and without an answer nothing is "
        "issued for %(names)s. See to it that the DNS servers of the domain answer, also where there are no CAA records."
    ),
    Outcome.FAILED: gettext_lazy(
        "The DNS answers with an error when it is asked for the CAA records of %(where)s, so nothing is issued for "
        "%(names)s. See to it that the DNS servers of the domain answer, also where there are no CAA records."
    ),
    Outcome.UNVALIDATED: gettext_lazy(
        "The CAA records of %(where)s were not looked up, so nothing is issued for %(names)s: the portal's own DNS "
        "servers do not check DNSSEC signatures. Only the operator of the portal can mend that."
    ),
}


def sentences(verdicts: Iterable[Verdict], ours: Sequence[str]) -> list[tuple[str, str]]:
    """What keeps the certificate from being issued: the verdict and a sentence, once for all names that it holds for.

    `ours` are the names by which records let us issue; people are told the first.
    """
    denied = [verdict for verdict in verdicts if verdict.verdict != ALLOWED]
    denied.sort(key=_alike)
    return [(alike[0], _sentence(list(group), ours[0])) for alike, group in groupby(denied, _alike)]


def rows(verdicts: Iterable[Verdict]) -> list[tuple[str, str, list[str]]]:
    """Name by name for the vetting team: the name, the verdict's word, and the records, or why there is no answer."""
    return [
        (verdict.name, str(WORDS[verdict.verdict]), _zone_lines(verdict) or [verdict.detail]) for verdict in verdicts
    ]


def records(verdicts: Iterable[Verdict]) -> str:
    """The records that refuse, one a line, for the history; empty where none does."""
    refused = [verdict for verdict in verdicts if verdict.verdict == REFUSED]
    lines = [line for verdict in refused for line in _zone_lines(verdict)[:SHOWN]]
    return "\n".join(list(dict.fromkeys(lines))[:MAX_RECORDS])


def _zone_lines(verdict: Verdict) -> list[str]:
    return [f"{verdict.stands_at}. CAA {record}" for record in verdict.records]


def _alike(verdict: Verdict) -> tuple[str, ...]:
    return (verdict.verdict, verdict.reason, verdict.asked, verdict.stands_at, verdict.tag, *verdict.records)


def _sentence(alike: list[Verdict], our_name: str) -> str:
    first = alike[0]
    says = FAILURES.get(first.reason, FAILURES[Outcome.FAILED]) if first.verdict == FAILED else REFUSALS[first.reason]
    return str(says) % {
        "where": _where(first),
        "names": _listed([names.display(verdict.name) for verdict in alike]),
        "records": _listed(first.records),
        "about": _listed([f"“{word}”" for word in first.about]),
        "why": " ".join(str(TIES[word]) for word in first.about if word in TIES),
        "mended": f'{first.stands_at}. CAA 0 {first.tag} "{our_name}"',
    }


def _where(verdict: Verdict) -> str:
    asked, stands_at = names.display(verdict.asked), names.display(verdict.stands_at)
    if asked == stands_at:
        return asked
    return _("%(name)s (an alias of %(target)s)") % {"name": asked, "target": stands_at}


def _listed(words: Sequence[str]) -> str:
    more = len(words) - SHOWN
    if more <= 0:
        return ", ".join(words)
    said = ngettext("%(words)s and %(count)s more", "%(words)s and %(count)s more", more)
    return said % {"words": ", ".join(words[:SHOWN]), "count": more}
