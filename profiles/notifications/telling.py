"""Giving a notice, inside the transaction of its event: on the page, by mail, and to the account's webhook."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.utils.translation import override

from accounts.models import Administrator
from accounts.states import Status
from accounts.webhooks import announcing
from accounts.webhooks.announcing import Event
from profiles.notifications.models import Notice
from sslportal.kit import clock, letters, mail
from sslportal.kit.catalogue import Kind, To, addresses, in_each_language
from sslportal.kit.mail import Letter, Post

if TYPE_CHECKING:
    from accounts.models import Account
    from profiles.models import OrganizationProfile
    from sslportal.kit.models import OutgoingMail

Known = Mapping[To, Callable[[], Iterable[str]]]


class OwnLetter(NamedTuple):
    """What one address gets in place of the letter that the others get: its language, and what writes it when it is sent."""

    language: str
    write: Callable[[], Letter]


@dataclass
class News:
    """A notice that is to be given: of which kind and about what, its words in each language, and to whom it goes.

    `own_languages` are those of the addresses that get it in their own, `own_letters` those of people who have no account.
    """

    kind: Kind
    key: str
    account: "Account"
    profile: "OrganizationProfile | None"
    letters: dict[str, Letter]
    to: list[str]
    data: dict[str, Any] = field(default_factory=dict)
    own_languages: dict[str, str] = field(default_factory=dict)
    own_letters: dict[str, OwnLetter] = field(default_factory=dict)

    @property
    def letter(self) -> Letter:
        """As it is mailed: in the language of the profile (I5)."""
        return self.letters[self.language]

    @property
    def language(self) -> str:
        return self.profile.language if self.profile else "en"

    def letter_to(self, address: str) -> tuple[Letter, str]:
        """What the address gets, and in which language."""
        if own := self.own_letters.get(address):
            with override(own.language):
                return own.write(), own.language
        language = self.own_languages.get(address, self.language)
        return self.letters[language], language

    def post_to(self, address: str) -> Post:
        letter, language = self.letter_to(address)
        return Post(letter, address, self.key, language)

    def reaches(self, address: str, gone: set[str]) -> bool:
        """Whether the address gets mail: people who have left get none, but for what they ask without an account."""
        return address not in gone or address in self.own_letters


def about(
    kind: Kind,
    key: object,
    profile: "OrganizationProfile",
    write: Callable[[], Letter],
    known: Known,
    data: dict[str, Any],
) -> News:
    """News about something of a profile. `write` is asked once for each language; `key` tells it from others of its kind.

    `data` is for the webhook, and may hold what JSON can.
    """
    to = addresses(kind, known)
    return News(kind, f"{kind.key}:{key}", profile.account, profile, in_each_language(write), to, data)


def about_account(
    kind: Kind, key: object, account: "Account", write: Callable[[], Letter], data: dict[str, Any]
) -> News:
    """News about the account itself, for its Global Administrators, each of whom gets mail in their own language (I1)."""
    people = Administrator.objects.filter(account=account).active_globals() if To.GLOBALS in kind.to else ()
    languages = {person.email: person.language for person in people}
    to = addresses(kind, {To.GLOBALS: lambda: languages})
    return News(kind, f"{kind.key}:{key}", account, None, in_each_language(write), to, data, languages)


def tell(news: News) -> "list[OutgoingMail]":
    """Give one notice, once: nothing the second time. Returns its mails."""
    return tell_all([news])


def tell_all(all_news: Sequence[News]) -> "list[OutgoingMail]":
    """Give notices of one account, with the same number of queries however many they are. Returns the mails."""
    fresh = keep(all_news)
    gone = people_gone(address for news in fresh for address in news.to)
    return mail.post_all(news.post_to(address) for news in fresh for address in news.to if news.reaches(address, gone))


def keep(all_news: Sequence[News]) -> list[News]:
    """Put those on the page that are not there yet, and say so to the webhook. Returns them."""
    there = told(news.key for news in all_news)
    fresh = [news for news in {news.key: news for news in all_news}.values() if news.key not in there]
    listed = [news for news in fresh if news.kind.is_listed]
    Notice.objects.bulk_create(map(_row, listed), ignore_conflicts=True)  # somebody may tell it at this very moment
    announcing.announce_all(map(_event, listed))
    return fresh


def told(keys: Iterable[str]) -> set[str]:
    """Those of the keys of which a notice was given."""
    return set(Notice.objects.filter(key__in=list(keys)).values_list("key", flat=True))


def _row(news: News) -> Notice:
    return Notice(
        key=news.key,
        kind=news.kind.key,
        account=news.account,
        profile=news.profile,
        priority=news.kind.priority,
        letters={language: _kept(letter) for language, letter in news.letters.items()},
    )


def _event(news: News) -> Event:
    """For the webhook; the address of the page stands beside what else is told."""
    data = {name: value for name, value in news.data.items() if name != "url"}
    path = str(news.data.get("url", "")).removeprefix(settings.PORTAL_URL)
    return Event(news.account.pk, announcing.event_name(news.kind.key), data, news.key, clock.now(), path)


def _kept(letter: Letter) -> dict[str, Any]:
    return {"subject": letters.one_line(letter.subject), **letters.kept(letter)}


def people_gone(all_addresses: Iterable[str]) -> set[str]:
    """Those of the addresses at which there was an administrator once and is none now: who has left gets no mail."""
    people = Administrator.objects.filter(email__in=set(all_addresses)).values_list("email", "status")
    statuses: dict[str, set[str]] = {}
    for email, status in people:
        statuses.setdefault(email, set()).add(status)
    return {email for email, all_of in statuses.items() if all_of == {Status.REMOVED}}
