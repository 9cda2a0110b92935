"""The chain over the history: whatever is done to it behind the portal's back is found."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction

from accounts.models import Subscription
from sslportal.kit import audit, chain
from sslportal.kit.models import HistoryEntry, HistorySeal
from sslportal.kit.moves import lock
from tests.factories import make_account

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rows():
    """Five rows of history."""
    account = make_account()
    return [audit.record(account, "edit", by="somebody", changes={"Time Zone": ["UTC", str(n)]}) for n in range(5)]


@contextmanager
def attacker():
    """Somebody with the password of the tables' owner: neither triggers nor foreign keys stop them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'kit_historyseal'::regclass AND contype = 'f'"
        )
        ((key,),) = cursor.fetchall()
        cursor.execute(f'ALTER TABLE kit_historyseal DROP CONSTRAINT "{key}"')
        for table in ("kit_historyentry", "kit_historyseal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield cursor
        for table in ("kit_historyentry", "kit_historyseal"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute(
            f'ALTER TABLE kit_historyseal ADD CONSTRAINT "{key}" FOREIGN KEY (entry_id) REFERENCES kit_historyentry '
            "DEFERRABLE INITIALLY DEFERRED NOT VALID"
        )


def verify(*words):
    out = StringIO()
    call_command("history", "verify", *words, stdout=out)
    return out.getvalue()


def test_an_untouched_history_is_sound(rows):
    assert verify().startswith("5 rows are as they were written. Head: 5:")


def test_an_empty_history_is_sound():
    assert verify().startswith("0 rows")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", "now() - interval '1 day'"),
        ("account_id", "0"),
        ("actor_id", "7"),
        ("actor", "'somebody else'"),
        ("is_team", "true"),
        ("origin", "'192.0.2.1'"),
        ("verb", "'unlock'"),
        ("subject_type", "'order'"),
        ("subject_id", "0"),
        ("subject", "'another'"),
        ("before", "'x'"),
        ("after", "'x'"),
        ("reason", "'x'"),
        ("changes", "'{}'"),
    ],
)
def test_a_changed_row_is_named(rows, column, value):
    with attacker() as cursor:
        cursor.execute(f"UPDATE kit_historyentry SET {column} = {value} WHERE id = %s", [rows[2].pk])  # noqa: S608

    with pytest.raises(CommandError, match=f"Row {rows[2].pk}, sealed at position 3, is not what was sealed"):
        verify()


def test_a_deleted_row_is_named(rows):
    with attacker() as cursor:
        cursor.execute("DELETE FROM kit_historyentry WHERE id = %s", [rows[2].pk])

    with pytest.raises(CommandError, match=f"Row {rows[2].pk}, sealed at position 3, was deleted"):
        verify()


def test_a_row_deleted_together_with_its_seal_is_noticed(rows):
    with attacker() as cursor:
        cursor.execute("DELETE FROM kit_historyseal WHERE entry_id = %s", [rows[2].pk])
        cursor.execute("DELETE FROM kit_historyentry WHERE id = %s", [rows[2].pk])

    with pytest.raises(CommandError, match="The seals 3 to 3 are missing"):
        verify()


def test_a_row_whose_seal_was_taken_away_is_named(rows):
    with attacker() as cursor:
        cursor.execute("DELETE FROM kit_historyseal WHERE position = 3")

    with pytest.raises(CommandError, match=rf"seals 3 to 3 are missing(.*\n)+Row {rows[2].pk} was never sealed"):
        verify()


def test_a_row_put_into_the_middle_with_a_seal_of_its_own_is_named(rows):
    extra = audit.record(make_account("Other"), "edit")
    with attacker() as cursor:
        cursor.execute("UPDATE kit_historyseal SET position = -position - 1 WHERE position > 2")
        cursor.execute("UPDATE kit_historyseal SET position = -position WHERE position < 0")
        cursor.execute("UPDATE kit_historyseal SET position = 3 WHERE entry_id = %s", [extra.pk])

    with pytest.raises(CommandError, match=f"Row {extra.pk}, sealed at position 3"):
        verify()


def test_a_row_put_in_without_a_seal_is_named(rows):
    with attacker() as cursor:
        cursor.execute(
            "INSERT INTO kit_historyentry (at, actor, is_team, origin, verb, subject_type, subject_id, subject, before, "
            "after, reason, changes) SELECT at, actor, is_team, origin, verb, subject_type, subject_id, subject, before, "
            "after, reason, changes FROM kit_historyentry LIMIT 1"
        )

    with pytest.raises(CommandError, match="was never sealed"):
        verify()


def test_two_rows_that_changed_places_are_named(rows):
    with attacker() as cursor:
        cursor.execute("UPDATE kit_historyseal SET entry_id = -entry_id")
        for one, other in ((1, 3), (3, 1)):
            cursor.execute("UPDATE kit_historyseal SET entry_id = %s WHERE position = %s", [rows[other - 1].pk, one])
        cursor.execute("UPDATE kit_historyseal SET entry_id = -entry_id WHERE entry_id < 0")

    with pytest.raises(CommandError, match=r"position 1.*\n.*position 3"):
        verify()


def test_a_tail_that_was_cut_off_shows_only_beside_a_head_noted_elsewhere(rows):
    noted = str(chain.head())
    with attacker() as cursor:
        cursor.execute("DELETE FROM kit_historyseal WHERE position > 3")
        cursor.execute("DELETE FROM kit_historyentry WHERE id > %s", [rows[2].pk])

    assert verify().startswith("3 rows")
    with pytest.raises(CommandError, match="up to position 5 is another one"):
        verify("--head", noted)


def test_a_chain_made_anew_shows_only_beside_a_head_noted_elsewhere(rows):
    noted = str(chain.head())
    with attacker() as cursor:
        cursor.execute("UPDATE kit_historyentry SET actor = 'nobody'")
        cursor.execute("UPDATE kit_historyseal SET digest = ''")
        for position in range(1, 6):
            cursor.execute(
                "UPDATE kit_historyseal seal SET digest = kit_history_digest("
                "coalesce((SELECT digest FROM kit_historyseal WHERE position = %s - 1), ''), entry, 1::smallint) "
                "FROM kit_historyentry entry WHERE entry.id = seal.entry_id AND position = %s",
                [position, position],
            )

    assert verify().startswith("5 rows")
    with pytest.raises(CommandError, match="another one"):
        verify("--head", noted)


def test_a_head_noted_earlier_still_fits_a_longer_chain(rows):
    noted = str(chain.head())
    audit.record(make_account("Other"), "edit")

    assert verify("--head", noted).startswith("6 rows")


@pytest.mark.parametrize("head", ["", "5", "x:00", "5:xyz"])
def test_an_odd_head_is_refused(head):
    with pytest.raises(CommandError):
        verify("--head", head)


def test_what_is_rolled_back_leaves_no_gap(rows):
    account = make_account("Other")
    with transaction.atomic():
        audit.record(account, "edit")
        transaction.set_rollback(True)
    with transaction.atomic():
        audit.record(account, "edit")
        with transaction.atomic():
            audit.record(account, "edit")
            transaction.set_rollback(True)
        audit.record(account, "edit")

    assert verify().startswith("7 rows")


def test_transactions_at_the_same_moment_make_one_chain():
    account = make_account()

    def record(number):
        try:
            for _once in range(5):
                with transaction.atomic():
                    audit.record(account, "edit", by=f"person {number}")
                    audit.record(account, "edit", by=f"person {number}")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(record, range(8)))

    assert verify().startswith("80 rows")
    assert list(HistorySeal.objects.order_by("position").values_list("position", flat=True)) == list(range(1, 81))


def test_the_lock_of_the_chain_is_the_last_thing_that_a_transaction_waits_for():
    """Sealing must come behind the checks of foreign keys, though those were put to the commit after it."""
    account, other = make_account(), make_account("Other")

    def subscribe():
        audit.record(other, "edit")
        Subscription.objects.create(
            account=account, product="x", domains=1, starts_on="2026-01-01", ends_on="2026-12-31"
        )

    def edit():
        audit.record(lock(account), "edit")

    def often(act):
        try:
            for _once in range(50):
                transaction.atomic(act)()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(often, (subscribe, edit)))

    assert verify().startswith("100 rows")


def test_the_portal_itself_can_neither_change_nor_delete(rows):
    for queryset in (HistoryEntry.objects.all(), HistorySeal.objects.all()):
        with pytest.raises(Exception, match="Cannot update or delete"):
            queryset._raw_delete(queryset.db)
