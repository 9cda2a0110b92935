"""What the kit keeps in the database: history, outgoing mail, links in mail, and drafts of wizards."""

import uuid
from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sslportal.kit import clock, letters

# Sealed at the commit, in two rounds. Checks of foreign keys also wait for the commit, and can wait there for another
# transaction; so the first round only puts a seal without a place at the end of all that waits, and the second, behind
# every such check, takes the lock that puts all histories into one row. It is the last that a transaction waits for.
ASK_FOR_SEAL = """
    INSERT INTO kit_historyseal (entry_id, position, digest, version) VALUES (NEW.id, -NEW.id, '', 1);
    RETURN NULL;
"""
SEAL = """
    PERFORM pg_advisory_xact_lock(hashtext('kit_historyseal'));
    SELECT * INTO last FROM kit_historyseal WHERE position > 0 ORDER BY position DESC LIMIT 1;
    UPDATE kit_historyseal SET position = coalesce(last.position, 0) + 1,
        digest = kit_history_digest(coalesce(last.digest, ''), entry, NEW.version)
    FROM kit_historyentry entry WHERE entry.id = NEW.entry_id AND kit_historyseal.position = NEW.position;
    RETURN NULL;
"""


class HistoryEntry(models.Model):
    """Who did what, when and from where. Rows are only ever added: the database refuses to change or delete them.

    Names are copied, not referred to, so that the entry still says what it said when the people and things are gone.
    """

    at = models.DateTimeField(default=clock.now, db_index=True)
    account_id = models.BigIntegerField(null=True)
    actor_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=254)
    is_team = models.BooleanField(
        default=False, help_text="Whether the vetting team did it: customers get no names of it."
    )
    origin = models.CharField(max_length=45, blank=True)
    verb = models.CharField(max_length=40)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    subject = models.CharField(max_length=300)
    before = models.CharField(max_length=40, blank=True)
    after = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    changes = models.JSONField(
        default=dict, help_text="What was edited: a field's name and its value before and after."
    )

    class Meta:
        verbose_name_plural = "history entries"
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "id"], name="history_of_subject"),
            models.Index(fields=["account_id", "-id"], name="history_of_account"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="ask_for_seal",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func=ASK_FOR_SEAL,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.verb} {self.subject}"


class HistorySeal(models.Model):
    """A link of the chain over the history: each digest is made of the one before it and of the row that it seals.

    Written by the database itself, just before the commit. See kit/chain.py.
    """

    entry = models.OneToOneField(HistoryEntry, on_delete=models.PROTECT, related_name="seal")
    position = models.BigIntegerField(primary_key=True, help_text="From 1 on; below 0 until the commit.")
    digest = models.BinaryField(max_length=32)
    version = models.SmallIntegerField(help_text="How the digest is made: a case of the function kit_history_digest.")

    class Meta:
        triggers = [
            pgtrigger.Protect(
                name="append_only",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__position__gt=0),
            ),
            pgtrigger.Trigger(
                name="seal",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Q(new__position__lt=0),
                declare=[("last", "kit_historyseal")],
                func=SEAL,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}:{bytes(self.digest).hex()}"


class OutgoingMail(models.Model):
    """One mail to one person: written in the transaction of its event, carried by a worker afterwards.

    Text and HTML are made when they are wanted, so that writing twenty thousand rows takes seconds.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        HANDING = "handing", pgettext_lazy("mail", "Handing over")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")

    EVENTS = {"send_again": pgettext_lazy("history", "Sent again")}

    key = models.CharField(max_length=200, help_text="What the mail is about; one mail a key and person.")
    to = models.EmailField(_("To"))
    subject = models.CharField(_("Subject"), max_length=300)
    letter = models.JSONField(default=dict, help_text="What it says, by kit/letters.py; empty once it is sent.")
    unsubscribe = models.TextField(blank=True, help_text="The absolute URL of the page that ends mail of this kind.")
    language = models.CharField(max_length=10)
    message_id = models.CharField(max_length=200, unique=True)
    status = models.CharField(_("Status"), max_length=10, choices=Status, default=Status.WAITING)
    attempts = models.PositiveIntegerField(_("Tries"), default=0)
    next_try_at = models.DateTimeField(_("Next try"), default=clock.now)
    last_error = models.CharField(_("Last error"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("Written"), default=clock.now)
    refused_at = models.DateTimeField(_("First refused"), null=True, help_text="Three days later it is given up.")
    handed_at = models.DateTimeField(_("Handed over"), null=True, help_text="When its end was about to be said.")
    sent_at = models.DateTimeField(_("Sent"), null=True)

    class Meta:
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mail")
        constraints = [models.UniqueConstraint(fields=["key", "to"], name="one_mail_a_key_and_person")]
        indexes = [
            models.Index(fields=["next_try_at"], name="mail_waiting", condition=models.Q(status="waiting")),
            models.Index(
                fields=["status"], name="mail_in_trouble", condition=models.Q(status__in=["failed", "handing"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to}"

    @property
    def text(self) -> str:
        return letters.render("mail/letter.txt", self)

    @property
    def html(self) -> str:
        return letters.render("mail/letter.html", self)


class MailAttachment(models.Model):
    """A file that goes with a mail."""

    mail = models.ForeignKey(OutgoingMail, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=260)
    content_type = models.CharField(max_length=100)
    content = models.BinaryField()

    def __str__(self) -> str:
        return self.name


class Link(models.Model):
    """A link in a mail: what it is for, whose it is, and whether it was used. The token itself is not kept."""

    purpose = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    digest = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["purpose", "subject_id"], name="link_of_subject")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.subject_id}"


class Draft(models.Model):
    """What a person typed into a wizard so far, page by page, as it was typed. Without an owner, a link leads to it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=40)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="drafts")
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["owner", "kind", "-updated_at"], name="drafts_of_owner")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    def typed(self, step: str) -> dict[str, Any] | None:
        """What was typed on the page, as lists of strings by field name; None where the page was never sent."""
        return self.data.get(step)


class Heartbeat(models.Model):
    """When a worker of the queue last did something."""

    queue = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.queue} {self.at:%Y-%m-%d %H:%M:%S}"
