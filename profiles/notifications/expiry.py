"""Reminders of ends: of certificates, domains and profiles, at the moments that each profile has chosen (C7, I3, I4).

A sweep looks at what is due, account by account. What was missed is not made up for: it says once how things are now. Who
would get more than a few on one day gets one mail that lists them all.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy, ngettext_lazy, override

from accounts.models import Account
from profiles.notifications import calendar, telling, unsubscribing
from profiles.notifications.models import Unsubscribed
from profiles.notifications.telling import News
from sslportal.kit import clock, mail
from sslportal.kit.catalogue import Priority, To, notice
from sslportal.kit.mail import Letter, Post

log = logging.getLogger(__name__)

AT_ONCE = 500
FEW = 5  # of which a person gets one mail each on a day
LISTED = 100  # in one mail; the rest is counted, and the list in the portal has them all

DIGEST = notice(
    "expiry-digest",
    Priority.CRITICAL,
    when=f"In place of the reminders of ends, to whoever would get more than {FEW} of them on a day.",
    to=[To.ADDRESS],
    subject=gettext_lazy("%(count)d certificates, domains or profiles expire"),
    lines=[
        gettext_lazy(
            "These come near their end, or are past it. Each line leads to where you can do something about it."
        ),
        "%(more)s",
    ],
    action=gettext_lazy("See your certificates"),
    is_listed=False,
)


@dataclass
class Ending:
    """One end that is to be told of: the notice, what it is the end of, when, where one does something about it."""

    news: News
    name: str
    ends: datetime
    url: str
    about: str


# What ends: each app says for an account what is due now, and sets down when to look at it again
Source = Callable[[Account, datetime], Iterator[Ending]]
SOURCES: list[Source] = []


def sweep() -> int:
    """Remind of what is due now. Returns how many notices were given; safe to call at any time and twice."""
    count = 0
    for account in Account.objects.order_by("pk").iterator():
        try:
            count += remind(account)
        except Exception:  # one account must not keep the others
            log.exception("The ends of account %s could not be told of", account.pk)
    return count


@transaction.atomic
def remind(account: Account) -> int:
    """Remind of what is due in the account. Nothing where another sweep is at it."""
    if not Account.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=account.pk).exists():
        return 0
    post = _Post(account)
    count = 0
    for source in SOURCES:
        due = source(account, clock.now())
        while endings := list(islice(due, AT_ONCE)):
            count += post.take(endings)
    post.send()
    return count


def tell(ending: Ending) -> None:
    """Remind of one end now, which cannot wait for the sweep; not those who have stopped its reminders."""
    post = _Post(ending.news.account)
    post.take([ending])
    post.send()


@dataclass
class _Pile:
    """What one person is to be reminded of: the first few whole, of more than these what a line says."""

    language: str
    first: list[Ending] = field(default_factory=list)
    lines: list[tuple[str, datetime, str]] = field(default_factory=list)
    count: int = 0

    def add(self, ending: Ending) -> None:
        self.count += 1
        if self.count <= FEW:
            self.first.append(ending)
        if self.count <= LISTED:
            self.lines.append((ending.name, ending.ends, ending.url))


class _Post:
    """The mail of one sweep to the people of one account. Who has no account gets each reminder alone: a list leads nowhere."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.piles: dict[str, _Pile] = {}
        self.alone: list[tuple[str, Ending]] = []

    def take(self, endings: Iterable[Ending]) -> int:
        """Put the notices on the page, and on the piles of those who get mail. Returns how many are new."""
        by_key = {ending.news.key: ending for ending in endings}
        fresh = [by_key[news.key] for news in telling.keep([ending.news for ending in by_key.values()])]
        gone = telling.people_gone(address for ending in fresh for address in ending.news.to)
        silent = set(
            Unsubscribed.objects.filter(about__in=[one.about for one in fresh]).values_list("about", "address")
        )
        for ending in fresh:
            for address in ending.news.to:
                if (ending.about, address) in silent or not ending.news.reaches(address, gone):
                    continue
                if address in ending.news.own_letters:
                    self.alone.append((address, ending))
                else:
                    self.piles.setdefault(address, _Pile(ending.news.language)).add(ending)
        return len(fresh)

    def send(self) -> None:
        """Put it all into the outbox."""
        mail.post_many(post for address, pile in self.piles.items() for post in self._posts(address, pile))
        mail.post_many(_reminder(address, ending) for address, ending in self.alone)

    def _posts(self, address: str, pile: _Pile) -> Iterator[Post]:
        if pile.count <= FEW:
            yield from (_reminder(address, ending) for ending in pile.first)
            return
        with override(pile.language):
            letter = _digest(pile, self.account)
        yield Post(letter, address, f"{DIGEST.key}:{pile.first[0].news.key}", pile.language)


def _digest(pile: _Pile, account: Account) -> Letter:
    more = pile.count - len(pile.lines)
    words = {"count": pile.count, "more": MORE % {"count": more} if more else ""}
    pile.lines.sort(key=lambda line: line[1])
    links = [(_day(ends, account), name, url) for name, ends, url in pile.lines]
    return DIGEST.letter(words, links=links, url=settings.PORTAL_URL + "/certificates/")


MORE = ngettext_lazy(
    "%(count)d more is not listed here; the portal has it.",
    "%(count)d more are not listed here; the portal has them all.",
    "count",
)


def _day(moment: datetime, account: Account) -> str:
    return date_format(localtime(moment, account.zone), "DATE_FORMAT")


def _reminder(address: str, ending: Ending) -> Post:
    letter, language = ending.news.letter_to(address)
    url = letter.action[1] if letter.action else ending.url
    identity = f"{ending.about}@{urlsplit(settings.PORTAL_URL).hostname}"
    entry = calendar.entry(identity, letter.subject, ending.ends, url)
    stop = unsubscribing.url(address, ending.about, ending.name)
    return Post(replace(letter, files=[entry]), address, ending.news.key, language, stop)
