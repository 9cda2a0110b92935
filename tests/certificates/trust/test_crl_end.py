"""How long an entry stays: on one list at least that was regularly made after the certificate's end (RFC 5280, 3.3)."""

from datetime import timedelta

import time_machine

from certificates.actions import revocation
from certificates.models import Certificate
from certificates.states import Reason
from certificates.trust import lists
from tests import stranger

HOUR = timedelta(hours=1)


def publish():
    while lists.publish_list():
        pass


def renew():
    while lists.renew_list():
        pass


def test_a_list_that_another_revocation_brings_does_not_count_as_a_regular_one(make_issued, people):
    ended, other = make_issued("ended.example.com"), make_issued("other.example.com")
    revocation.revoke_order(ended, reason=Reason.KEY, by=people.paul)
    publish()
    made = stranger.get_list().last_update_utc
    Certificate.objects.filter(order=ended).update(not_after=made + HOUR)

    with time_machine.travel(made + 2 * HOUR, tick=False):
        revocation.mark_unused(other, by=people.paul)
        publish()
    seen = []
    for hours in (27, 54, 81):
        with time_machine.travel(made + hours * HOUR, tick=False):
            renew()
            seen.append((stranger.get_list().last_update_utc - made, stranger.is_listed(ended)))

    assert seen[0] == (27 * HOUR, True)
    assert seen[-1] == (81 * HOUR, False)
