"""What the orders say was issued: that the certificate is there. The database is asked for what is missing, all at once."""

from collections import Counter
from collections.abc import Iterator

from django.db.models import F

from certificates.models import Certificate, Issuance, Order
from certificates.states import LIVE, OVER

CHUNK = 1000
HAD = LIVE | OVER  # of orders that were issued


def problems(seen: Counter[str]) -> Iterator[str]:
    """Serial numbers that were issued without a certificate, and certificates of orders that were not issued."""
    had = Order.objects.filter(status__in=HAD)
    seen["orders"] = had.count()
    for pk in had.filter(certificate=None).order_by("pk").values_list("pk", flat=True).iterator(chunk_size=CHUNK):
        yield f"Order {pk} was issued, but its certificate is not there."
    planned = Issuance.objects.filter(order__status__in=HAD).exclude(order__certificate=None)
    other = planned.exclude(serial_number=F("order__certificate__serial_number")).order_by("pk")
    for pk, serial in other.values_list("order_id", "serial_number").iterator(chunk_size=CHUNK):
        yield f"Order {pk}: the serial number {serial} was planned, and its certificate has another."
    unissued = Certificate.objects.exclude(order__status__in=HAD).order_by("pk")
    for pk, serial in unissued.values_list("order_id", "serial_number").iterator(chunk_size=CHUNK):
        yield f"Order {pk} was not issued, but has the certificate {serial}."
