"""`manage.py mail test`: whether mail gets out with the settings as they are, step by step, and what to change if not."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sslportal.kit import addresses, outbox, smtp

# What to change where a step of kit/smtp.py fails
ADVICE = {
    "connect": "Check EMAIL_HOST and EMAIL_PORT, and whether a firewall is between. A port that speaks TLS from the first byte "
               "on, mostly 465, needs EMAIL_USE_SSL.",
    "tls": "Set EMAIL_USE_TLS for STARTTLS, mostly at port 587, or EMAIL_USE_SSL for TLS from the first byte on, mostly at "
           "port 465. The certificate must be for the name in EMAIL_HOST. If an authority of your own has signed it, name the "
           "file with that authority's certificate in EMAIL_SSL_CA.",
    "sign-in": "Check EMAIL_HOST_USER and EMAIL_HOST_PASSWORD. Many servers let nobody sign in without EMAIL_USE_TLS or "
               "EMAIL_USE_SSL.",
    "sender": "The server must let the portal send as PORTAL_MAIL_FROM. It may want EMAIL_HOST_USER and "
              "EMAIL_HOST_PASSWORD for that.",
    "recipient": "If the address is right, the server does not relay for the portal: let it, by the portal's network address, "
                 "or set EMAIL_HOST_USER and EMAIL_HOST_PASSWORD.",
    "text": "The server's log should tell why.",
    "hand over": "The server does not want this mail. Its log should tell why.",
}  # fmt: skip
ENCRYPTED = "The connection is encrypted, and the server's certificate is good."
NOT_ENCRYPTED = "The connection is not encrypted: EMAIL_USE_TLS and EMAIL_USE_SSL are both off."
NOT_SIGNED_IN = "Not signed in: EMAIL_HOST_USER and EMAIL_HOST_PASSWORD are not both set."


class Command(BaseCommand):
    help = "Send mail as the portal does."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="verb", required=True)
        test = commands.add_parser("test", help="send one mail, and tell of each step whether it works")
        test.add_argument("--to", required=True, help="the address that gets the mail")

    def handle(self, *args: Any, verb: str, to: str, **options: Any) -> None:
        if not outbox.is_by_smtp():
            raise CommandError("This is the demo, which sends no mail: its mail is on the page /demo/outbox/.")
        try:
            address = addresses.mailable(to)
        except addresses.Unmailable as why:
            raise CommandError(f"Nothing can be mailed to {to!r}: {why}.") from why
        session = smtp.Session()
        try:
            steps = _steps(session, _message(address))
        except ValueError as error:
            raise CommandError(f"PORTAL_MAIL_FROM is no sender, or the mail cannot be written: {error}") from error
        try:
            for take, says in steps:
                take()
                self.stdout.write(says)
        except smtp.Trouble as trouble:
            raise CommandError(f"It fails here: {trouble}.\n{ADVICE[trouble.step]}") from trouble
        finally:
            session.close()


def _message(to: str) -> EmailMessage:
    text = f"{settings.PORTAL_BRAND} at {settings.PORTAL_URL} can send mail to you."
    return EmailMessage(f"{settings.PORTAL_BRAND}: a test", text, to=[to], headers={"Auto-Submitted": "auto-generated"})


def _steps(session: smtp.Session, message: EmailMessage) -> list[tuple[Callable[[], None], str]]:
    """What is done in turn, and what is said when it is done."""
    is_encrypted = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL
    signs_in = settings.EMAIL_HOST_USER and settings.EMAIL_HOST_PASSWORD
    data = smtp.as_bytes(message)
    return [
        (session.connect, f"Connected to {settings.EMAIL_HOST}, port {settings.EMAIL_PORT}."),
        (session.secure, ENCRYPTED if is_encrypted else NOT_ENCRYPTED),
        (session.sign_in, f"Signed in as {settings.EMAIL_HOST_USER}." if signs_in else NOT_SIGNED_IN),
        (lambda: session.name_sender(message, len(data)), f"The server takes mail from {message.from_email}."),
        (lambda: session.name_recipient(message), f"The server takes mail to {message.to[0]}."),
        (lambda: session.say(data), "The server has the whole mail."),
        (session.finish, "Handed over: from here on the server carries it. Look whether it arrives."),
    ]
