"""`./portal bench first-light`: list pages, and from Finish to Issued, on a running portal with the demo's data."""

import json
import os
import statistics
import sys
import time
from pathlib import Path

from tests.openssl import csr_pem
from tests.visitor import Visitor

WHO = "paul@example.com"
PAGES = ("/certificates/", "/domains/", "/certificates/new/", "/healthz")
ROUNDS, WARM_UP, ORDERS = 40, 5, 5
LIMIT_PAGE, LIMIT_ISSUED = 0.2, 5.0  # seconds


def main() -> int:
    """Print the table; returns 1 where a median is over its limit."""
    people = json.loads(Path(os.environ["PORTAL_DEMO_PEOPLE"]).read_text(encoding="utf-8"))
    paul = Visitor(os.environ["PORTAL_URL"]).sign_in(WHO, people[WHO])
    rows = [
        (f"GET {page}", [seconds(paul, page) for _ in range(ROUNDS + WARM_UP)][WARM_UP:], LIMIT_PAGE) for page in PAGES
    ]
    rows.append(("Finish to Issued", [issue(paul, number) for number in range(ORDERS)], LIMIT_ISSUED))
    sys.stdout.write(table(rows))
    return int(any(statistics.median(times) > limit for _name, times, limit in rows))


def seconds(visitor: Visitor, page: str) -> float:
    began = time.perf_counter()
    visitor.get(page)
    if visitor.status != 200:
        raise RuntimeError(f"{visitor.url} answered {visitor.status}")
    return time.perf_counter() - began


def issue(visitor: Visitor, number: int) -> float:
    name = f"bench{number}.example.com"
    order = visitor.order(csr_pem(name), name)
    return visitor.wait_until_issued(order)


def table(rows: list[tuple[str, list[float], float]]) -> str:
    lines = [f"{'':26}{'runs':>6}{'min':>10}{'median':>10}{'max':>10}{'limit':>10}"]
    for name, times, limit in rows:
        low, middle, high = min(times), statistics.median(times), max(times)
        mark = "" if middle <= limit else "  over"
        lines.append(f"{name:26}{len(times):>6}{low:>9.3f}s{middle:>9.3f}s{high:>9.3f}s{limit:>9.1f}s{mark}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
