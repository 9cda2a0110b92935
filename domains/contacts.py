"""The contact addresses that a domain names in DNS, and in WHOIS where the operator wants it: looked up by a worker."""

import asyncio
import logging
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db.models import F, Q
from dns.rdtypes.ANY.CAA import CAA

from domains import tasks, whois
from domains.methods import Contacts
from domains.models import ContactLookup
from domains.states import Method
from domains.whois_answers import is_address
from sslportal.kit import clock, dns, names, outside, policy, queue
from sslportal.kit.dns import Answer

ASK_AGAIN_AFTER = timedelta(hours=1)
COUNTS_FOR = timedelta(hours=8)  # somebody may choose from a page that was opened a while ago
PATIENCE = timedelta(seconds=30)  # for a worker; then the page no longer says that it is looking
MOST = 10  # addresses of a domain
BATCH = 50  # domains that are looked up together
AT_ONCE = 50  # questions of DNS that are open at the same time
LONGEST = 30.0  # seconds for a domain, whatever strangers do: a name may have a hundred parents, each asked for

log = logging.getLogger(__name__)

Pair = tuple[str, str]  # the key of a method, and an address that it may send to


def known(name: str) -> Contacts:
    """The contacts of the domain as far as a worker has found them. Asks nobody."""
    return known_of([name])[name]


def known_of(wanted: Iterable[str]) -> dict[str, Contacts]:
    """The same of many domains, in one query."""
    wanted = list(wanted)
    there = {one.name: _known(one) for one in ContactLookup.objects.filter(name__in=wanted)}
    return {name: there.get(name, Contacts()) for name in wanted}


def _known(lookup: ContactLookup) -> Contacts:
    now = clock.now()
    is_running = lookup.answered_at is None or lookup.answered_at < lookup.asked_at
    counts = lookup.answered_at is not None and lookup.answered_at > now - COUNTS_FOR
    return Contacts(
        tuple((key, address) for key, address in lookup.addresses) if counts else (),
        is_running and lookup.asked_at > now - PATIENCE,
    )


def want(wanted: Iterable[str]) -> None:
    """Have a worker look for the contacts of the domains, unless it did lately."""
    wanted, now = list(dict.fromkeys(wanted)), clock.now()
    there = dict(ContactLookup.objects.filter(name__in=wanted).values_list("name", "asked_at"))
    stale = [name for name in wanted if name in there and there[name] < now - ASK_AGAIN_AFTER]
    new = [name for name in wanted if name not in there]
    ContactLookup.objects.filter(name__in=stale).update(asked_at=now)
    ContactLookup.objects.bulk_create((ContactLookup(name=name, asked_at=now) for name in new), ignore_conflicts=True)
    for first in (new + stale)[::BATCH]:  # each task takes others that wait along
        queue.after_commit(tasks.look_for_contacts, first)


def look_up(name: str) -> None:
    """Ask, and write down what came back; for others that wait too, so that slow servers take their time together.

    Safe to call twice: what was answered since it was asked for is left alone.
    """
    waiting = ContactLookup.objects.filter(Q(answered_at=None) | Q(answered_at__lt=F("asked_at")))
    others = waiting.exclude(name=name).order_by("-asked_at").values_list("name", flat=True)
    together = [*waiting.filter(name=name).values_list("name", flat=True), *others[: BATCH - 1]]
    for one, (pairs, trouble) in zip(together, outside.run(lambda: _look_for_all(together)), strict=True):
        ContactLookup.objects.filter(name=one).update(addresses=pairs, trouble=trouble, answered_at=clock.now())


async def _look_for_all(wanted: list[str]) -> list[tuple[list[Pair], list[str]]]:
    room = asyncio.Semaphore(AT_ONCE)
    return await asyncio.gather(*(_look_for(name, room) for name in wanted))


async def _look_for(name: str, room: asyncio.Semaphore) -> tuple[list[Pair], list[str]]:
    """Look for one of many, within bounds. What goes wrong is trouble of its own."""
    try:
        async with asyncio.timeout(LONGEST):
            return await look(names.parse(name), room)
    except TimeoutError:
        return [], [f"not finished within {LONGEST:g} s"]
    except names.NameRefused as refusal:  # a name can become a public suffix after it was added
        return [], [refusal.code]
    except Exception as error:  # a stranger's answer that nobody has thought of must not keep the others
        log.exception("The contacts of %s could not be looked up", name)
        return [], [type(error).__name__]


def forget_old() -> None:
    """Take away what nobody has asked for lately."""
    ContactLookup.objects.filter(asked_at__lt=clock.now() - timedelta(days=2)).delete()


async def look(name: names.Name, room: asyncio.Semaphore | None = None) -> tuple[list[Pair], list[str]]:
    """The contacts that count, each as a method and an address, and what could not be asked."""
    places, room = names.parents_to_registrable(name), room or asyncio.Semaphore(AT_ONCE)
    asking = [_ask(f"_validation-contactemail.{place}", "TXT", room) for place in places]
    caa, texts = await asyncio.gather(_caa(places, room), asyncio.gather(*asking))
    answers = [*caa, *texts]
    found = [*_in_caa(caa), *(text for answer in texts for text in dns.texts(answer))]
    pairs = [(Method.DNS_CONTACT.value, address) for address in _proper(found)]
    trouble = [
        f"{answer.question}: {answer.outcome}" for answer in answers if not (answer.records or answer.is_absence)
    ]
    if settings.WHOIS_CONTACTS and policy.at(clock.now()).method(Method.WHOIS):
        told = await asyncio.to_thread(whois.contacts, name.registrable)
        pairs += [(Method.WHOIS.value, address) for address in _proper(told.addresses)]
        trouble += [f"WHOIS: {told.problem}"] if told.problem not in ("", "no-contact") else []
    return pairs, trouble


async def _ask(name: str, kind: str, room: asyncio.Semaphore) -> Answer:
    async with room:
        return await dns.ask(name, kind)


async def _caa(places: list[str], room: asyncio.Semaphore) -> list[Answer]:
    """The CAA records that count for the first of the places: those found first on the way up (RFC 8659 3)."""
    answers = []
    for place in places:
        answers.append(await _ask(place, "CAA", room))
        if not answers[-1].is_absence:
            break
    return answers


def _in_caa(answers: list[Answer]) -> list[str]:
    records = [one for one in (answers[-1].records if answers else ()) if isinstance(one, CAA)]
    return [one.value.decode("utf-8", "replace") for one in records if one.tag.lower() == b"contactemail"]


def _proper(found: Iterable[str]) -> list[str]:
    """What is a mail address, in lower case, each once. All of it comes from strangers."""
    addresses = (text.strip().lower() for text in found)
    return list(dict.fromkeys(one for one in addresses if is_address(one)))[:MOST]
