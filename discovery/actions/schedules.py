"""Scans that the portal runs daily, weekly or monthly: setting such a schedule up, ending it, and what is due."""

import logging
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Account, Administrator
from discovery import rules
from discovery.actions import scans
from discovery.actions.scans import Plan
from discovery.models import Schedule
from discovery.states import Place
from sslportal.kit import audit, clock
from sslportal.kit.moves import MovedOn, Refused, lock, require
from sslportal.kit.recurrence import Every

log = logging.getLogger(__name__)

MOST = 20  # of an account, each of which has one scan at a time


@transaction.atomic
def set_up(plan: Plan, every: Every, start: datetime, *, by: Administrator) -> Schedule:
    """Have the plan run again and again from the start on, which is given by the account's clock. Raises Refused."""
    require(rules.may_scan(by, by.own_account.pk) and plan.place == Place.PORTAL)
    account: Account = lock(by.own_account)
    if account.scan_schedules.going_on().count() >= MOST:
        raise Refused(_("Your account has %(count)d scan schedules, and can have no more. End one.") % {"count": MOST})
    schedule = Schedule(
        account=account,
        by=by,
        include=plan.include,
        exclude=plan.exclude,
        ports=plan.ports,
        speed=plan.speed,
        save_as=plan.save_as,
        every=every,
        starts_on=start.date(),
        time=start.time(),
    )
    schedule.due_at = schedule.next_after(clock.now())
    schedule.save()
    audit.record(schedule, "set_up", by=by)
    return schedule


@transaction.atomic
def end(schedule: Schedule, *, by: Administrator) -> None:
    """No further scan is made; one that is under way goes on. Raises MovedOn where somebody was faster."""
    schedule = lock(schedule)
    require(rules.may_scan(by, schedule.account_id))
    if schedule.due_at is None:
        raise MovedOn(_("Somebody was faster: “%(thing)s” has been ended meanwhile.") % {"thing": schedule})
    schedule.due_at = None
    schedule.save(update_fields=["due_at"])
    audit.record(schedule, "end", by=by)


def run_due() -> None:
    """Set up the scans whose moment has come. Safe to run twice, and at once."""
    for schedule in Schedule.objects.due():
        try:
            run(schedule)
        except Exception:  # one that cannot be run must not keep the others
            log.exception("%s could not be run", schedule)


@transaction.atomic
def run(schedule: Schedule) -> None:
    """Set up the scan of the moment that has come. However many moments were missed, it is one scan.

    It is set up for the person who has set up the schedule, even where that person has left: the account owns it.
    """
    due = Schedule.objects.due().filter(pk=schedule.pk).select_for_update(no_key=True, of=("self",)).first()
    if due is None:  # somebody was faster
        return
    scans.make(scans.plan_of(due, Place.PORTAL), due.account, due.by, schedule=due, due_at=due.due_at)
    due.due_at = due.next_after(clock.now())
    due.save(update_fields=["due_at"])
