"""What migrations do with orders that are there already."""

import pytest
from django.core.management import call_command

from certificates.models import Certificate, Order
from tests.factories import make_issued, make_order


@pytest.mark.django_db(transaction=True)
def test_the_lists_columns_are_filled_for_old_orders_and_can_be_taken_back(people):
    issued = make_issued(people.ov, people.paul, name="old.example.com", sans=["other.example.com"])
    pending = make_order(people.ov, people.paul)

    try:
        call_command("migrate", "certificates", "0003", verbosity=0)
    finally:
        call_command("migrate", "certificates", verbosity=0)

    certificate, order = Certificate.objects.get(), Order.objects.get(pk=issued.pk)
    assert order.serial_number == certificate.serial_number
    assert (order.not_before, order.not_after) == (certificate.not_before, certificate.not_after)
    serial = certificate.serial_number.lower()
    assert order.asked_by == people.paul.email
    assert order.search_text == f"{issued.pk} old.example.com other.example.com {serial}"
    assert Order.objects.get(pk=pending.pk).search_text == f"{pending.pk} www.example.com  "
