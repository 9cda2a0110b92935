"""`./portal bench lists [orders]`: the list of an account that has three of ten in a million orders, on a running portal.

Each page is asked for in turn with the list of an account that has just 25 orders. The limit is for the difference, which
is what the length costs: to write 25 rows down takes the same time in both.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import django

from tests.visitor import Visitor

ORDERS, FEW, OTHERS, PROFILES, PEOPLE = 1_000_000, 25, 7, 20, 60
STATUSES = ["issued"] * 30 + ["expired"] * 55 + ["revoked"] * 6 + ["unused", "rejected"] + ["canceled"] * 5 + [""] * 2
PATH, ROUNDS, BLOCK = "/certificates/", 7, 1 << 16
LIMIT_PAGE, LIMIT_WORD, LIMIT_COMMON_WORD, LIMIT_DEEP = 50, 100, 1_000, 250  # milliseconds more than for 25 orders
LIMIT_EXPORT, LIMIT_GROWTH = 60, 50  # seconds for 300,000 rows, MiB of the web process

# Profiles and people of low numbers have most of the orders, as in life
MAKE = """
INSERT INTO certificates_order (
    account_id, profile_id, requester_id, approver_id, status, kind, level, hash_algorithm, validity, csr, key_label,
    key_sha256, common_name, sans, organization, locality, state, country, ev_subject, recipients, comments, hold, hold_detail,
    reject_reason, submission, created_at, updated_at, serial_number, not_before, not_after, dns_names, asked_by
)
SELECT
    account,
    profiles[1 + floor(cardinality(profiles) * profile_at ^ 2)::int],
    people[1 + floor(cardinality(people) * person_at ^ 2)::int],
    CASE WHEN has_certificate THEN people[1 + n / 10 %% 5] END,
    coalesce(nullif(status, ''), CASE WHEN person_at < 0.5 THEN 'approve' ELSE 'pending' END),
    'new', CASE WHEN n / 10 %% 10 = 7 THEN 'EV' ELSE 'OV' END, 'SHA-256', '365-days', %(csr)s, 'RSA 2048', hash,
    name, CASE WHEN person_at < 0.4 THEN ARRAY['www.' || name] ELSE '{}' END, 'Example', 'London', 'London', 'GB',
    '{}', CASE WHEN n / 10 %% 5 = 0 THEN ARRAY['team' || n / 10 %% 40 || '@example.net'] ELSE '{}' END,
    CASE WHEN n / 10 %% 4 = 0 THEN 'Ordered for project ' || n / 10 %% 500 ELSE '' END, '', '', '', gen_random_uuid(),
    ordered, ordered,
    CASE WHEN has_certificate THEN upper(left(hash, 32)) END,
    CASE WHEN has_certificate THEN ordered END,
    CASE WHEN has_certificate THEN ordered + interval '365 days' END,
    CASE WHEN has_certificate THEN
        array_prepend(name, CASE WHEN person_at < 0.4 THEN ARRAY['www.' || name] ELSE '{}' END) || ('example.' || top)
    END,
    (SELECT email FROM accounts_administrator WHERE id = people[1 + floor(cardinality(people) * person_at ^ 2)::int])
FROM (
    SELECT
        *, status IN ('issued', 'expired', 'revoked', 'unused') AS has_certificate,
        host || '-' || n / 10 %% 5000 || '.' || place || n / 10 %% 300 || '.example.' || top AS name
    FROM (
        SELECT
            n, random() AS profile_at, random() AS person_at, encode(sha256(n::text::bytea), 'hex') AS hash,
            now() - (%(orders)s - n) * interval '1 minute' AS ordered,
            (%(statuses)s::text[])[ceil(100 * random())::int] AS status,
            (ARRAY['api', 'app', 'cdn', 'login', 'mail', 'shop', 'test', 'vpn', 'web', 'www'])[ceil(10 * random())] AS host,
            (ARRAY['berlin', 'london', 'osaka', 'paris', 'tokyo'])[ceil(5 * random())] AS place,
            (ARRAY['com', 'co.jp', 'net', 'org'])[ceil(4 * random())] AS top
        FROM generate_series(1, %(orders)s) AS n
    ) AS drawn
) AS orders
JOIN tenants ON slot = n %% 10
ORDER BY n
"""


def main() -> int:
    """Print what was measured; returns 1 where one is over its limit."""
    django.setup()
    from tests.factories import PASSWORD

    orders = int(sys.argv[1]) if len(sys.argv) > 1 else ORDERS
    few, many = make(orders)
    short, long = (Visitor(os.environ["PORTAL_URL"]).sign_in(who.email, PASSWORD) for who in (few, many))
    sys.stdout.write(f"{'milliseconds':60}{'25 orders':>12}{'many':>10}{'more':>10}{'limit':>10}\n")
    over = [say_page(what, *pair(short, long, asked), limit) for what, asked, limit in pages(many)]
    taken, rows, grown = export(long)
    over.append(say(f"seconds for an export of all {rows} rows", taken, LIMIT_EXPORT))
    over.append(say("MiB by which the web process grew for it", grown, LIMIT_GROWTH))
    return int(any(over))


def say_page(what: str, short: float, long: float, limit: float) -> bool:
    return say(f"{what:60}{short:>12.1f}{long:>10.1f}", long - short, limit)


def say(what: str, number: float, limit: float) -> bool:
    """Returns whether the number is over its limit."""
    over = number > limit
    sys.stdout.write(f"{what:82}{number:>10.1f}{limit:>10}{'  over' if over else ''}\n")
    sys.stdout.flush()
    return over


def make(orders: int):
    """The orders, and two people: of an account with a page of them, and of the account with three of ten."""
    from tests import factories

    profiles, people = tenant("few.example.net")
    for number in range(FEW):
        factories.make_issued(profiles[number % PROFILES], people[number], name=f"shop-{number}.example.net")
    tenants = [tenant(f"many{number}.example.net") for number in range(1 + OTHERS)]
    slots = [tenants[0]] * (10 - OTHERS) + tenants[1:]
    sys.stdout.write(f"{orders} orders were made in {seconds(lambda: fill(orders, slots)):.0f} seconds\n")
    return people[0], tenants[0][1][0]


def tenant(domain: str):
    """The profiles and the people of an account, of whom the first sees everything."""
    from accounts.models import Administrator
    from tests import factories

    account = factories.make_account(domain)
    first = factories.make_person(f"first@{domain}", account)
    others = [Administrator(email=f"person{number:02}@{domain}", account=account) for number in range(PEOPLE)]
    profiles = [factories.make_profile(account, f"Profile {number:02}", primary=first) for number in range(PROFILES)]
    return profiles, [first, *Administrator.objects.bulk_create(others)]


def fill(orders: int, slots: list, *more: str) -> None:
    """All orders by one statement, and what else is said in SQL.

    The indexes of the list are made afterwards, which takes a fraction of the time.
    """
    from django.db import connection

    from certificates import listing
    from certificates.models import Order
    from tests.openssl import csr_pem

    with connection.schema_editor(atomic=False) as editor, connection.cursor() as cursor:
        for index in listing.INDEXES:
            editor.remove_index(Order, index)
        cursor.execute("CREATE TEMP TABLE tenants (slot int, account bigint, profiles bigint[], people bigint[])")
        for slot, (profiles, people) in enumerate(slots):
            row = [slot, people[0].account_id, [one.pk for one in profiles], [one.pk for one in people]]
            cursor.execute("INSERT INTO tenants VALUES (%s, %s, %s, %s)", row)
        cursor.execute(MAKE, {"orders": orders, "statuses": STATUSES, "csr": csr_pem("www.example.com")})
        for statement in more:
            cursor.execute(statement)
        for index in listing.INDEXES:
            editor.add_index(Order, index)
        cursor.execute("VACUUM ANALYZE")


def pages(person):
    """What is asked for, in words and as fields of the address, and the limit."""
    from certificates.models import Order
    from certificates.tables import OrderTable

    for column in OrderTable.Meta.sequence:
        for sort, way in ((column, "up"), (f"-{column}", "down")):
            yield f"first page by {column}, {way}", {"sort": sort}, LIMIT_PAGE
    orders = Order.objects.visible_to(person)
    one = orders.filter(serial_number__isnull=False)[orders.count() // 2]
    for what, word, limit in (
        ("a name", one.common_name, LIMIT_WORD),
        ("the beginning of a serial number", one.serial_number[:8], LIMIT_WORD),
        ("what is nowhere", "nothing-of-that-name", LIMIT_WORD),
        ("three letters", "f00", LIMIT_COMMON_WORD),
        ("what half of them have", "www", LIMIT_COMMON_WORD),
        ("what all of them have", "example", LIMIT_COMMON_WORD),
        ("a profile's name", "profile 07", LIMIT_COMMON_WORD),
        ("a requester", "person07@", LIMIT_WORD),
        ("two letters, which are asked for a third", "sh", LIMIT_WORD),
    ):
        yield f"search for {what}", {"q": word}, limit
    yield "the same in half of them, by requester", {"q": "www", "sort": "requester"}, LIMIT_COMMON_WORD
    for status in ("pending", "issued"):
        yield f"filter by status, {status}", {"status": status}, LIMIT_PAGE
        yield f"filter by status, {status}, by expires, down", {"status": status, "sort": "-expires"}, LIMIT_PAGE
    middle = orders.count() // 50
    for sort in ("-number", "common_name", "-expires", "profile"):
        yield f"page {middle} by {sort}", {"sort": sort, "page": middle}, LIMIT_DEEP
    yield "the last page", {"page": 10**8}, LIMIT_DEEP


def pair(short: Visitor, long: Visitor, asked: dict) -> tuple[float, float]:
    """Milliseconds for the first page of the short list, and for what is asked of the long one; undisturbed, if ever."""
    first = {"q": "", "status": "", "sort": "", "page": 1}
    times = [(milliseconds(short, first), milliseconds(long, first | asked)) for _round in range(ROUNDS)]
    return tuple(map(min, zip(*times, strict=True)))


def milliseconds(visitor: Visitor, asked: dict) -> float:
    taken = seconds(lambda: visitor.get(f"{PATH}?{urlencode(asked)}"))
    if visitor.status != 200:
        raise RuntimeError(f"{visitor.url} answered {visitor.status}")
    return taken * 1000


def export(visitor: Visitor) -> tuple[float, int, float]:
    """Seconds, rows, and by how many MiB the largest of the web processes grew."""
    before, rows, began = peak(), 0, time.perf_counter()
    with visitor.opener.open(f"{visitor.base}{PATH}?q=&status=&sort=-expires&export=all") as answer:
        while block := answer.read(BLOCK):
            rows += block.count(b"\n")
    return time.perf_counter() - began, rows - 1, peak() - before


def peak() -> float:
    """The most memory that any of the web processes ever had, in MiB."""
    web = [
        process for process in below(os.getppid()) if "gunicorn" in Path(f"/proc/{process}/cmdline").read_text("utf-8")
    ]
    lines = [line for process in web for line in Path(f"/proc/{process}/status").read_text("utf-8").splitlines()]
    return max(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def below(process: int) -> list[int]:
    """The processes that the portal around the benchmark has started, and those that they have."""
    children = [
        int(one) for task in Path(f"/proc/{process}/task").glob("*/children") for one in task.read_text().split()
    ]
    return children + [one for child in children for one in below(child)]


def seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
