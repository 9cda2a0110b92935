"""`./portal bench reports [orders]`: reports of an account that has three of ten in a million orders, on a running portal.

Each page counts all that the rules let through, and shows the first hundred; each export has two thousand.
"""

import math
import os
import re
import sys
import time
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

import django

from benchmarks.lists import OTHERS, fill, seconds, tenant
from tests.visitor import Visitor

ORDERS, ROUNDS, PATIENCE = 1_000_000, 3, 120
LIMIT_PAGE, LIMIT_EXPORT, LIMIT_PDF = 2_000, 2_000, 15_000  # milliseconds
FIELDS = (
    "common_name", "status", "level", "expires", "days_left", "requester", "profile", "number", "serial_number", "issued",
)  # fmt: skip
LATER = 300_000  # orders that lie between one and its renewal

AUTHORITY = """
INSERT INTO certificates_certificateauthority (name, role, der, not_after, is_current, created_at)
VALUES ('of-the-benchmark', 'issuing', '', now() + interval '1 year', false, now())
"""
# None of those that are in force is past its end, or the portal would set about to let them expire
CERTIFICATES = """
INSERT INTO certificates_certificate (
    order_id, authority_id, serial_number, not_before, not_after, dns_names, crl_shard, der, sha256, created_at
)
SELECT
    o.id, a.id, o.serial_number, o.not_before,
    CASE WHEN o.status IN ('issued', 'unused') THEN greatest(o.not_after, now() + interval '1 day') ELSE o.not_after END,
    o.dns_names, 0, decode(repeat(o.key_sha256, 40), 'hex'), o.key_sha256, o.created_at
FROM certificates_order o
JOIN certificates_certificateauthority a ON a.name = 'of-the-benchmark'
LEFT JOIN certificates_certificate c ON c.order_id = o.id
WHERE o.serial_number IS NOT NULL AND c.id IS NULL
ORDER BY o.id
"""
REVOCATIONS = """
INSERT INTO certificates_revocation (certificate_id, order_id, reason, detail, by_id, at, since)
SELECT
    c.id, o.id, CASE WHEN o.status = 'unused' THEN 'unused' ELSE (ARRAY['other', 'key', 'changed'])[1 + o.id % 3] END,
    CASE WHEN o.id % 2 = 0 THEN 'Replaced by hand' ELSE '' END, o.requester_id,
    o.not_before + interval '90 days', o.not_before + interval '90 days'
FROM certificates_order o
JOIN certificates_certificate c ON c.order_id = o.id
JOIN certificates_certificateauthority a ON a.id = c.authority_id AND a.name = 'of-the-benchmark'
WHERE o.status IN ('revoked', 'unused')
"""
RENEWALS = f"""
UPDATE certificates_order o SET kind = 'renewal', source_id = s.id
FROM certificates_order s
WHERE s.id = o.id - {LATER} AND s.account_id = o.account_id AND o.id % 7 = 0
"""  # noqa: S608  # a number of our own


class Asked(NamedTuple):
    """A report, and how its results are narrowed."""

    what: str
    rules: list[dict[str, Any]]
    sort: str = ""
    fields: tuple[str, ...] = FIELDS
    narrowed: dict[str, str] = {}


def main() -> int:
    """Print what was measured; returns 1 where one is over its limit."""
    django.setup()
    from tests.factories import PASSWORD

    person = make(int(sys.argv[1]) if len(sys.argv) > 1 else ORDERS)
    visitor = Visitor(os.environ["PORTAL_URL"]).sign_in(person.email, PASSWORD)
    sys.stdout.write(f"{'milliseconds':68}{'records':>9}{'page':>8}{'CSV':>8}\n")
    measured = [measure(visitor, person, asked) for asked in spread()]
    pages, exports = zip(*measured, strict=True)
    say(f"mean of {len(measured)}", "", sum(pages) / len(pages), sum(exports) / len(exports))
    taken = pdf(visitor, person)
    sys.stdout.write(f"milliseconds for a PDF of 2,000 records, from the click to the file: {taken:.0f}\n")
    return int(max(pages) > LIMIT_PAGE or max(exports) > LIMIT_EXPORT or taken > LIMIT_PDF)


def make(orders: int) -> Any:
    """The orders; returns who sees three of ten."""
    tenants = [tenant(f"many{number}.example.net") for number in range(1 + OTHERS)]
    slots = [tenants[0]] * (10 - OTHERS) + tenants[1:]
    taken = seconds(lambda: fill(orders, slots, AUTHORITY, CERTIFICATES, REVOCATIONS, RENEWALS))
    sys.stdout.write(f"{orders} orders were made in {taken:.0f} seconds\n")
    return tenants[0][1][0]


def spread() -> Iterator[Asked]:
    """From what an index answers to what every order of the account must be read for."""
    from reporting.subjects import SUBJECTS

    every = SUBJECTS["certificate"].fields
    yield Asked("all", [])
    yield Asked("all, with every field", [], fields=tuple(field.key for field in every))
    yield from (Asked(f"all, by {field.key}", [], sort=field.key) for field in every if field.sortable)
    issued = rule("status", "is", ["issued"])
    yield Asked("issued", [issued])
    yield Asked("issued, ending within 60 days", [issued, rule("expires", "next", 60, "and")], sort="expires")
    yield Asked("issued, not renewed", [issued, rule("renewed", "no", joined="and")])
    yield Asked("renewed", [rule("renewed", "yes")])
    yield Asked("fewer than 30 days left", [rule("days_left", "less", 30)], sort="days_left")
    for field in ("common_name", "sans", "serial_number"):
        for condition in ("is", "is_not", "contains", "begins_with"):
            for text in ("shop-12.london", "example", "f0"):
                yield Asked(f"{field} {condition} {text}", [rule(field, condition, text)])
    for field in ("requester", "approver", "profile", "comments", "recipients", "revoked_by", "key_length"):
        yield Asked(f"{field} contains", [rule(field, "contains", "son07")])
        yield Asked(f"{field} is_not", [rule(field, "is_not", "son07")])
    yield Asked("revoked within the last 30 days", [rule("revoked", "last", 30)])
    yield Asked("never revoked", [rule("revoked", "is_empty")])
    yield Asked("revoked for one reason", [rule("revocation_reason", "is", ["key"])])
    yield Asked("revoked for no such reason", [rule("revocation_reason", "is_not", ["key"])])
    yield Asked("one of three alternatives", [
        rule("common_name", "contains", "paris7."),
        rule("sans", "contains", "tokyo9.", "or"),
        rule("renewed", "yes", joined="or"),
    ])  # fmt: skip
    for field, condition, joined in (
        ("sans", "contains", "or"),
        ("sans", "is_not", "and"),
        ("comments", "is_not", "and"),
    ):
        rules = [rule(field, condition, f"tokyo{number}", joined if number else "") for number in range(50)]
        yield Asked(f"50 rules: {field} {condition}, {joined}", rules)
    yield Asked("all, narrowed to a word", [], narrowed={"q": "shop"})
    yield Asked(
        "all, narrowed to a word that all have, by requester", [], narrowed={"q": "example", "sort": "requester"}
    )
    yield Asked("all, narrowed by status and word", [], narrowed={"q": "www", "status": "issued", "sort": "-expires"})
    yield Asked("all, narrowed by type and end", [], narrowed={"level": "EV", "since": "2026-01-01", "sort": "expires"})


def rule(field: str, condition: str, value: Any = None, joined: str = "") -> dict[str, Any]:
    return {"field": field, "condition": condition, "value": value, "joined": joined}


def measure(visitor: Visitor, person: Any, asked: Asked) -> tuple[float, float]:
    """Milliseconds for the page and for the CSV; undisturbed, if ever."""
    path = make_report(person, asked)
    state = urlencode({"q": "", "status": "", "sort": "", **asked.narrowed})
    page = min(milliseconds(lambda: visitor.get(f"{path}?{state}")) for _round in range(ROUNDS))
    count = re.search(r'class="count">([\d,]+)<', visitor.text)
    if visitor.status != 200:
        raise RuntimeError(f"{asked.what}: {visitor.status}")
    csv = min(export(visitor, path, asked) for _round in range(ROUNDS))
    if not count:  # the page says that it takes too long
        page = math.inf
    say(asked.what, count[1] if count else "", page, csv)
    return page, csv


def make_report(person: Any, asked: Asked) -> str:
    """The address of its results."""
    from tests import factories

    sort = [{"field": asked.sort, "descending": False}] if asked.sort else []
    definition = {"type": "certificate", "fields": list(asked.fields), "rules": asked.rules, "sort": sort}
    return f"/reporting/{factories.make_report(person, asked.what[:100], definition=definition).pk}/run/"


def export(visitor: Visitor, path: str, asked: Asked) -> float:
    """Milliseconds from Yes to the end of the file."""
    visitor.get(f"{path}export/?{urlencode(asked.narrowed)}")
    taken = milliseconds(lambda: visitor.send(format="csv", **asked.narrowed))
    return math.inf if visitor.content.startswith(b"<") else taken  # it went to the worker


def pdf(visitor: Visitor, person: Any) -> float:
    """Until the worker has made it."""
    path = make_report(person, Asked("a PDF", [rule("status", "is", ["issued"])], sort="expires"))
    visitor.get(f"{path}export/")
    began = time.perf_counter()
    visitor.send(format="pdf")
    page = visitor.url
    while not (found := re.search(r'href="(/reporting/runs/\d+/pdf/)"', visitor.get(page).text)):
        if time.perf_counter() - began > PATIENCE:
            raise RuntimeError("The worker has made no PDF.")
        time.sleep(0.2)
    visitor.get(found[1])
    if not visitor.content.startswith(b"%PDF"):
        raise RuntimeError("The file is no PDF.")
    return 1000 * (time.perf_counter() - began)


def milliseconds(act: Any) -> float:
    return 1000 * seconds(act)


def say(what: str, count: str, page: float, csv: float) -> None:
    over = "  over" if page > LIMIT_PAGE or csv > LIMIT_EXPORT else ""
    sys.stdout.write(f"{what:68}{count:>9}{page:>8.0f}{csv:>8.0f}{over}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
