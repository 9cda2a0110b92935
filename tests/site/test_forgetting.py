"""What is forgotten after a year and a bit, and what is not."""

from datetime import timedelta

import pytest

from profiles import tasks as profile_tasks
from profiles.models import Notice
from sslportal.kit import clock, mail
from sslportal.kit import tasks as kit_tasks
from sslportal.kit.mail import Letter
from sslportal.kit.models import OutgoingMail

OLD, YOUNG = timedelta(days=401), timedelta(days=399)


def post(key, *, age, status):
    with clock.at(clock.now() - age):
        mail.post(Letter(subject=key, paragraphs=[]), to=["paul@example.com"], key=key, language="en")
    OutgoingMail.objects.filter(key=key).update(status=status)


@pytest.mark.django_db
def test_old_mail_is_forgotten_unless_it_still_waits():
    post("old", age=OLD, status="sent")
    post("failed", age=OLD, status="failed")
    post("waits", age=OLD, status="waiting")
    post("young", age=YOUNG, status="sent")

    kit_tasks.forget_old_mail()

    assert sorted(OutgoingMail.objects.values_list("key", flat=True)) == ["waits", "young"]


def test_old_notices_are_forgotten(people):
    letters = {"en": {"subject": "Old"}, "ja": {"subject": "Old"}}
    for key, age in (("old", OLD), ("young", YOUNG)):
        about = {"account": people.company, "priority": "critical", "letters": letters}
        Notice.objects.create(key=key, kind="domain-added", created_at=clock.now() - age, **about)

    profile_tasks.forget_old_notices()

    assert list(Notice.objects.values_list("key", flat=True)) == ["young"]
