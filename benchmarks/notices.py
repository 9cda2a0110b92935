"""`./portal bench notices [orders]`: the sweep that reminds of ends, with a million orders of which one in fifty is due."""

import resource
import sys

import django

from benchmarks.lists import OTHERS, fill, say, seconds, tenant

ORDERS, ONE_IN = 1_000_000, 50
LIMIT_SECONDS, LIMIT_MEMORY, LIMIT_IDLE = (
    60,
    100,
    5,
)  # seconds for 20,000 that are due, MB that the process grows by, seconds

# Those that are due end in 29 days, where profiles remind 30 days before; the rest waits for its own day
DUE = """
UPDATE certificates_order
SET
    status = 'issued', not_before = now() - interval '336 days', not_after = now() + interval '29 days',
    recipients = CASE WHEN id %% 3 = 0 THEN ARRAY['team-' || id / %(one_in)s %% 5000 || '@example.com'] ELSE '{}' END
WHERE id %% %(one_in)s = 0
"""
REMIND = """
INSERT INTO certificates_reminder (order_id, account_id, at)
SELECT id, account_id, now() + CASE WHEN id %% %(one_in)s = 0 THEN 0 ELSE 1 + id %% 300 END * interval '1 day'
FROM certificates_order
ON CONFLICT DO NOTHING
"""


def main() -> int:
    """Print what was measured; returns 1 where one is over its limit."""
    django.setup()
    from profiles.notifications import expiry
    from profiles.notifications.models import Notice
    from sslportal.kit.models import OutgoingMail

    orders = int(sys.argv[1]) if len(sys.argv) > 1 else ORDERS
    make(orders)
    before = megabytes()
    taken = seconds(expiry.sweep)
    grown = megabytes() - before
    due = Notice.objects.count()
    sys.stdout.write(f"{due} notices and {OutgoingMail.objects.count()} mails to {people()} people\n")
    over = [
        say(
            f"seconds for {due} that are due among {orders} orders", taken, round(LIMIT_SECONDS * max(1, due / 20_000))
        ),
        say("MB by which the process grew for it", grown, LIMIT_MEMORY),
        say("seconds for a sweep with nothing due", seconds(expiry.sweep), LIMIT_IDLE),
    ]
    return int(any(over))


def make(orders: int) -> None:
    from django.db import connection

    tenants = [tenant(f"many{number}.example.net") for number in range(1 + OTHERS)]
    sys.stdout.write(f"{orders} orders were made in {seconds(lambda: fill(orders, slots(tenants))):.0f} seconds\n")
    with connection.cursor() as cursor:
        cursor.execute(REMIND, {"one_in": ONE_IN})
        cursor.execute(DUE, {"one_in": ONE_IN})
        cursor.execute("VACUUM ANALYZE certificates_order, certificates_reminder")


def slots(tenants: list) -> list:
    """Three of ten orders are the first one's."""
    return [tenants[0]] * (10 - OTHERS) + tenants[1:]


def people() -> int:
    from sslportal.kit.models import OutgoingMail

    return OutgoingMail.objects.values("to").distinct().count()


def megabytes() -> float:
    """The most that this process has had until now."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
