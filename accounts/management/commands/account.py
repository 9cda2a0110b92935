"""`manage.py account`: activate a customer's account, send its set-up link again, unlock, and keep the vetting team."""

from argparse import ArgumentParser
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts import locking
from accounts.actions import activation as actions
from accounts.actions import administrators, invitations
from accounts.activation_form import ActivationForm
from accounts.models import Activation, Administrator
from sslportal.kit import audit
from sslportal.kit.audit import OPERATOR
from sslportal.kit.fields import Address, PersonName
from sslportal.kit.moves import Refused


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        self._add_activate(commands.add_parser("activate", help="Create an account and mail the set-up link."))
        resend = commands.add_parser("resend", help="Send the set-up link again; earlier links end.")
        resend.add_argument("account", type=int, help="The account's number.")
        vetter = commands.add_parser("vetter", help="Invite somebody to the vetting team.")
        for name in ("email", "first-name", "last-name"):
            vetter.add_argument(f"--{name}", required=True)
        vetter.add_argument("--language", choices=[code for code, _word in settings.LANGUAGES], default="en")
        dismiss = commands.add_parser("dismiss", help="Take somebody out of the vetting team.")
        dismiss.add_argument("email")
        unlock = commands.add_parser("unlock", help="Let an address in again after too many wrong passwords.")
        unlock.add_argument("email")

    @staticmethod
    def _add_activate(parser: ArgumentParser) -> None:
        for name, field in ActivationForm.base_fields.items():
            option = "--" + name.replace("_", "-")
            parser.add_argument(option, required=field.required and field.initial is None, help=str(field.label))

    def handle(self, *args: Any, command: str, **options: Any) -> None:
        try:
            getattr(self, command)(**options)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal

    def activate(self, **options: Any) -> None:
        form = ActivationForm(
            {name: self._value(name, field, options) for name, field in ActivationForm.base_fields.items()}
        )
        if not form.is_valid():
            raise CommandError("\n".join(self._errors(form)))
        activation = form.activate(by=OPERATOR)
        self.stdout.write(
            f"Account {activation.account.pk} of {activation.account} is activated. "
            f"The set-up link is on its way to {activation.email}."
        )

    @staticmethod
    def _value(name: str, field: forms.Field, options: dict[str, Any]) -> Any:
        given = options.get(name)
        return given if given is not None else (field.initial() if callable(field.initial) else field.initial)

    @staticmethod
    def _errors(form: ActivationForm) -> list[str]:
        return [f"--{name.replace('_', '-')}: {error}" for name, errors in form.errors.items() for error in errors]

    def resend(self, *, account: int, **options: Any) -> None:
        activation = Activation.objects.filter(account=account).first()
        if activation is None:
            raise CommandError(f"There is no account {account} that was activated.")
        actions.send_setup_link(activation, by=OPERATOR)
        self.stdout.write(f"The set-up link is on its way to {activation.email}.")

    def vetter(self, *, email: str, first_name: str, last_name: str, language: str, **options: Any) -> None:
        try:
            contact = {
                "email": Address().clean(email),
                "first_name": PersonName().clean(first_name),
                "last_name": PersonName().clean(last_name),
            }
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        person = invitations.invite_vetter(contact, language=language, by=OPERATOR)
        self.stdout.write(f"The invitation to {person.email} is on its way.")

    def dismiss(self, *, email: str, **options: Any) -> None:
        person = self._at(email)
        administrators.dismiss_vetter(person, by=OPERATOR)
        self.stdout.write(f"{person.email} is no longer a member of the vetting team.")

    def unlock(self, *, email: str, **options: Any) -> None:
        person = self._at(email)
        locking.forget_tries(person.email)
        audit.record(person, "unlock", by=OPERATOR)
        self.stdout.write(f"{person.email} is unlocked.")

    @staticmethod
    def _at(email: str) -> Administrator:
        person = Administrator.objects.at_address(email)
        if person is None:
            raise CommandError(f"Nobody has the address {email}.")
        return person
