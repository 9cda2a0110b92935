"""What people were told, and who has read it."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Subquery, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from profiles.models import OrganizationProfile
from profiles.notifications import rules
from sslportal.kit import clock
from sslportal.kit.catalogue import Priority
from sslportal.kit.moves import Badge

if TYPE_CHECKING:
    from accounts.models import Administrator

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class NoticeQuerySet(models.QuerySet):
    """Notices."""

    def visible_to(self, person: "Administrator") -> Self:
        """Those of the profiles in which the person has a role, and of the account for Global Administrators (I1)."""
        return self.filter(rules.seen_by(person))

    def of_last(self, days: int) -> Self:
        return self.filter(created_at__gte=clock.now() - timedelta(days=days))

    def with_subject(self) -> Self:
        """With `subject_here`, the subject in the language in use now, to sort and to search by."""
        languages = (get_language() or settings.LANGUAGE_CODE, settings.LANGUAGE_CODE)
        return self.annotate(subject_here=Coalesce(*(KT(f"letters__{language}__subject") for language in languages)))

    def unread_by(self, person: "Administrator") -> Self:
        """Those that came after the last that the person marked as read with all before it, and were not opened since."""
        marked = NoticesRead.objects.filter(person=person).values("at")
        later = self.filter(created_at__gt=Coalesce(Subquery(marked), Value(LONG_AGO)))
        return later.exclude(openings__person=person)


class Notice(models.Model):
    """One thing that people were told, once. Its words are kept in each language as they were said."""

    BADGES = {
        Priority.INFORMATIONAL: Badge("ended", "information-circle"),
        Priority.CRITICAL: Badge("bad", "exclamation-triangle"),
    }

    key = models.CharField(max_length=200, unique=True, help_text="What it is about: it is given once.")
    kind = models.CharField(max_length=60, help_text="The key of the catalogue.")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="notices", db_index=False)
    profile = models.ForeignKey(
        OrganizationProfile,
        on_delete=models.PROTECT,
        null=True,
        related_name="notices",
        verbose_name=_("Profile"),
        db_index=False,
    )
    priority = models.CharField(_("Priority"), max_length=15, choices=Priority)
    letters = models.JSONField(help_text="Its words by language: subject, paragraphs, facts, action.")
    created_at = models.DateTimeField(pgettext_lazy("column", "Date"), default=clock.now)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        indexes = [
            models.Index(fields=["account", "-created_at"], name="notices_of_account"),
            models.Index(fields=["account", "profile", "-created_at"], name="notices_of_profile"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(priority__in=Priority.values), name="notice_priority_known")
        ]

    def __str__(self) -> str:
        return self.key

    def get_absolute_url(self) -> str:
        return reverse("profiles:notification", args=[self.pk])

    @property
    def letter(self) -> dict[str, Any]:
        """Its words in the language in use now."""
        words: dict[str, Any] = self.letters.get(get_language()) or self.letters[settings.LANGUAGE_CODE]
        return words

    @property
    def subject(self) -> str:
        return str(self.letter["subject"])

    @property
    def action(self) -> tuple[str, str] | None:
        """The words of its button, and the path in this portal to which that leads: never elsewhere. None without one."""
        if not self.letter["action"]:
            return None
        word, url = self.letter["action"]
        return word, "/" + urlsplit(url).path.lstrip("/")


class NoticeOpening(models.Model):
    """A person has opened a notice."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="openings", db_index=False)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "person"], name="opened_once_a_person")]

    def __str__(self) -> str:
        return f"{self.person} {self.notice}"


class NoticesRead(models.Model):
    """A person has marked all notices up to a moment as read: none of them counts as unread."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.person} {self.at:%Y-%m-%d %H:%M}"


class Unsubscribed(models.Model):
    """Somebody at the address wants no more reminders of the end of one thing: `about` is such as "order:5", or "report:5"."""

    address = models.EmailField()
    about = models.CharField(max_length=60)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["about", "address"], name="unsubscribed_once")]

    def __str__(self) -> str:
        return f"{self.address} {self.about}"
