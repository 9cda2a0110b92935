"""Orders that workers take together, so that the database is asked once for all and not once for each."""

from collections import defaultdict
from collections.abc import Callable

from certificates.models import CaaCheck, CompromisedKey, Order
from certificates.states import UNDER_WAY
from domains.models import Domain
from sslportal.kit import tracing


def lock(pks: list[int]) -> list[Order]:
    """Those still under way, fresh and locked until the end of the transaction, with what is asked to see what is in their way.

    Whoever locks several does so in the order of their numbers. Their keys are not locked, as in moves.lock.
    """
    rows = Order.objects.select_for_update(no_key=True, of=("self",))
    rows = rows.select_related("profile__account", "requester", "outsider")
    orders = list(rows.filter(pk__in=pks, status__in=UNDER_WAY).order_by("pk"))
    checks = CaaCheck.objects.filter(order__in=orders).order_by("order_id", "-pk").distinct("order_id")
    last = {check.order_id: check for check in checks}
    domains = _domains(orders)
    keys = {order.key_sha256 for order in orders}
    reported = set(CompromisedKey.objects.filter(key_sha256__in=keys).values_list("key_sha256", flat=True))
    for order in orders:
        order.caa = last.get(order.pk)
        order.domains = domains[order.profile_id]
        order.is_key_reported = order.key_sha256 in reported
    return orders


def _domains(orders: list[Order]) -> dict[int, list[Domain]]:
    """Those to which the names could belong, by the profile."""
    found = Domain.objects.filter(profile__in={order.profile_id for order in orders})
    by_profile = defaultdict(list)
    for domain in found.above(name for order in orders for name in order.names):
        by_profile[domain.profile_id].append(domain)
    return by_profile


def all_or_each(act: Callable[[list[int]], None], pks: list[int], otherwise: Callable[[int, Exception], None]) -> None:
    """Act on all at once. Where that fails, on each alone, so that one order harms no other; `otherwise` takes what fails then.

    `act` does all that it is asked for, or nothing.
    """
    if len(pks) == 1:
        _act_on_one(act, pks[0], otherwise)
        return
    try:
        act(pks)
    except Exception:
        for pk in pks:
            _act_on_one(act, pk, otherwise)


def _act_on_one(act: Callable[[list[int]], None], pk: int, otherwise: Callable[[int, Exception], None]) -> None:
    with tracing.about(order_id=pk):
        try:
            act([pk])
        except Exception as error:
            otherwise(pk, error)
