"""The operator's command for single sign-on: `manage.py sso oidc|saml|on|off|list|remove|unlink`."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Account
from accounts.sso import actions, given
from accounts.sso.addresses import absolute
from accounts.sso.models import Kind, SignOnProvider
from sslportal.kit.audit import OPERATOR


class Command(BaseCommand):
    help = "Configure an account's single sign-on. It is off until it is switched on (docs/single-sign-on.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="verb", required=True)
        self._add_oidc(commands.add_parser("oidc", help="set up, or anew, an account's OpenID Connect server"))
        self._add_saml(commands.add_parser("saml", help="set up, or anew, an account's SAML identity provider"))
        for verb, what in (("on", "let people in by it"), ("off", "let nobody in by it"), ("remove", "forget it")):
            commands.add_parser(verb, help=what).add_argument("slug")
        unlink = commands.add_parser("unlink", help="forget which identity a person is; the next sign-in links anew")
        unlink.add_argument("slug")
        unlink.add_argument("email")
        commands.add_parser("list", help="all identity providers")

    def _add_oidc(self, parser: CommandParser) -> None:
        self._add_common(parser)
        parser.add_argument("--server-url", required=True, help="the issuer, as in its discovery document")
        parser.add_argument("--client-id", required=True)
        parser.add_argument("--client-secret-file", type=Path, required=True)
        parser.add_argument(
            "--trust-addresses", action="store_true", help="take addresses as proved without email_verified"
        )

    def _add_saml(self, parser: CommandParser) -> None:
        self._add_common(parser)
        parser.add_argument("--metadata-file", type=Path)
        parser.add_argument("--entity-id", default="", help="without metadata, or where they describe several")
        parser.add_argument("--sso-url", default="")
        parser.add_argument("--certificate-file", type=Path, action="append", default=[], help="may be given again")

    def _add_common(self, parser: CommandParser) -> None:
        parser.add_argument("account", type=int, help="the account's number")
        parser.add_argument("--slug", required=True, help="its word in addresses: /sign-in/with/<slug>/")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            said = getattr(self, f"_{verb}")(**options)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except (given.NotUsable, actions.NotPossible, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(said)

    def _oidc(self, *, server_url: str, client_id: str, client_secret_file: Path, **options: Any) -> str:
        secret = client_secret_file.read_text(encoding="utf-8").strip()
        provider = actions.configure(
            _account(options["account"]),
            options["slug"],
            Kind.OIDC,
            given.discover(server_url),
            by=OPERATOR,
            client_id=client_id,
            client_secret=secret,
            trusts_addresses=options["trust_addresses"],
        )
        return _told(provider)

    def _saml(self, *, account: int, slug: str, **options: Any) -> str:
        configuration = _saml_configuration(**options)
        return _told(actions.configure(_account(account), slug, Kind.SAML, configuration, by=OPERATOR))

    def _on(self, *, slug: str, **options: Any) -> str:
        provider = _provider(slug)
        actions.switch(provider, on=True, by=OPERATOR)
        return f"People of {provider.account} sign in at {provider.sign_in_url}"

    def _off(self, *, slug: str, **options: Any) -> str:
        actions.switch(_provider(slug), on=False, by=OPERATOR)
        return "Switched off. Who is signed in stays so until the session ends; passwords work as before."

    def _remove(self, *, slug: str, **options: Any) -> str:
        actions.remove(_provider(slug), by=OPERATOR)
        return "Removed."

    def _unlink(self, *, slug: str, email: str, **options: Any) -> str:
        actions.unlink(_provider(slug), email, by=OPERATOR)
        return f"The next identity that comes with the address {email} is linked anew."

    def _list(self, **options: Any) -> str:
        return "\n\n".join(map(_told, SignOnProvider.objects.select_related("account"))) or "There are none."


def _account(pk: int) -> Account:
    account = Account.objects.filter(pk=pk).first()
    if account is None:
        raise CommandError(f"There is no account {pk}.")
    return account


def _provider(slug: str) -> SignOnProvider:
    provider = SignOnProvider.objects.filter(slug=slug).select_related("account").first()
    if provider is None:
        raise CommandError(f"There is no identity provider “{slug}”. `sso list` names all.")
    return provider


def _saml_configuration(
    *, metadata_file: Path | None, entity_id: str, sso_url: str, certificate_file: list[Path], **options: Any
) -> dict[str, Any]:
    if metadata_file:
        return given.read_metadata(metadata_file.read_bytes(), entity_id)
    if not (entity_id and sso_url and certificate_file):
        raise CommandError("Give --metadata-file, or all of --entity-id, --sso-url and --certificate-file.")
    certificates = [given.read_certificate(path.read_bytes()) for path in certificate_file]
    return given.saml_configuration(entity_id, sso_url, certificates)


def _told(provider: SignOnProvider) -> str:
    """What the provider is, and what its administrator must know of the portal."""
    lines = [
        f"{provider.slug}: {provider.get_kind_display()}, {'on' if provider.is_on else 'off'}",
        f"  account            {provider.account.pk} {provider.account}",
        f"  identity provider  {provider.issuer}",
        f"  sign-in page       {provider.sign_in_url}",
    ]
    return "\n".join([*lines, *_for_the_other_side(provider)])


def _for_the_other_side(provider: SignOnProvider) -> list[str]:
    if provider.kind == Kind.OIDC:
        return [f"  redirect URI       {absolute('accounts:oidc-callback', provider.slug)}"]
    until = min(given.until(text) for text in provider.configuration["certificates"])
    return [
        f"  entity ID          {absolute('accounts:saml-metadata', provider.slug)}",
        f"  ACS URL            {absolute('accounts:saml-acs', provider.slug)}",
        f"  certificate until  {until:%Y-%m-%d}",
    ]
