"""What the operator does to an account's single sign-on, and who is let in by it."""

from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from accounts import account_notices
from accounts.models import Account, Administrator
from accounts.sso.models import Kind, SignOnProvider
from accounts.states import Status
from sslportal.kit import audit
from sslportal.kit.moves import lock


class NotPossible(Exception):
    """What the operator asked for cannot be done; the text says why."""


@transaction.atomic
def configure(
    account: Account, slug: str, kind: Kind, configuration: dict[str, Any], *, by: str, **fields: Any
) -> SignOnProvider:
    """Set the account's identity provider up, or anew. One that is new, or another than before, is switched off.

    `fields`: client_id, client_secret, trusts_addresses. Raises NotPossible.
    """
    provider = _provider_of(lock(account), slug)
    if provider.pk and (provider.kind, provider.issuer) != (kind, configuration["issuer"]):
        provider.links.delete()
        _tell_of_the_end(provider)
        provider.is_on = False
    provider.kind, provider.configuration = kind, configuration
    for name, value in fields.items():
        setattr(provider, name, value)
    provider.full_clean()
    provider.save()
    audit.record(account, "sso_configure", by=by, reason=f"{provider.get_kind_display()}: {provider.issuer}")
    return provider


def _provider_of(account: Account, slug: str) -> SignOnProvider:
    """The account's provider, or a new one of the slug."""
    if slug in Kind.values:
        raise NotPossible(f"The slug “{slug}” is taken.")
    found = SignOnProvider.objects.filter(account=account).first()
    if found and found.slug != slug:
        raise NotPossible(f"The account has single sign-on as “{found.slug}”. Remove that first.")
    if found is None and SignOnProvider.objects.filter(slug=slug).exists():
        raise NotPossible(f"The slug “{slug}” is another account's.")
    return found or SignOnProvider(account=account, slug=slug)


@transaction.atomic
def switch(provider: SignOnProvider, *, on: bool, by: str) -> None:
    """Let people in by it from now on, or no longer. Who is signed in stays so."""
    provider = lock(provider)
    if provider.is_on != on:
        provider.is_on = on
        provider.save(update_fields=["is_on"])
        audit.record(provider.account, "sso_on" if on else "sso_off", by=by)
        account_notices.sign_on_switched(provider, on=on)


def _tell_of_the_end(provider: SignOnProvider) -> None:
    if provider.is_on:
        account_notices.sign_on_switched(provider, on=False)


@transaction.atomic
def remove(provider: SignOnProvider, *, by: str) -> None:
    """Forget the identity provider, and which of its people were which of ours."""
    provider = lock(provider)
    provider.links.delete()
    _tell_of_the_end(provider)
    provider.delete()
    audit.record(provider.account, "sso_remove", by=by, reason=provider.issuer)


@transaction.atomic
def unlink(provider: SignOnProvider, email: str, *, by: str) -> None:
    """Forget which subject the person is; the next sign-in finds them by the address. Raises NotPossible."""
    provider = lock(provider)
    gone, _by_model = provider.links.filter(user__email=email.strip().lower()).delete()
    if not gone:
        raise NotPossible(f"Nobody with the address {email} has signed in by “{provider.slug}”.")
    audit.record(provider.account, "sso_unlink", by=by, reason=email)


@transaction.atomic
def admit(provider: SignOnProvider, subject: str, email: str) -> SocialAccount | None:
    """The link of the subject to an active administrator of the provider's own account, or None for nobody.

    A subject that was here before stays the same person, whatever the address says by now. A new one is linked to
    whoever has the address (empty where it is not proved), unless that person is linked to another subject already.
    """
    provider = lock(provider)
    if not provider.is_on:
        return None
    link = provider.links.filter(uid=subject).select_related("user").first()
    if link and link.user.status != Status.REMOVED:
        return link if _may_come(link.user, provider) else None
    if link and link.user.email != email:
        return None
    return _link(provider, subject, email, link)


def _link(provider: SignOnProvider, subject: str, email: str, dead: SocialAccount | None) -> SocialAccount | None:
    """Link the subject to whoever has the address now; a dead link is one to somebody who was removed."""
    person = Administrator.objects.filter(account=provider.account, status=Status.ACTIVE, email=email).first()
    if person is None or provider.links.filter(user=person).exists():
        return None
    link = dead or SocialAccount(provider=provider.slug, uid=subject)
    link.user = person
    link.save()
    audit.record(provider.account, "sso_link", by=person, reason=email)
    return link


def _may_come(person: Administrator, provider: SignOnProvider) -> bool:
    return person.status == Status.ACTIVE and person.account_id == provider.account_id


def refuse(provider: SignOnProvider, email: str) -> None:
    """Tell the account's history that the identity provider sent somebody who is not let in."""
    audit.record(provider.account, "sso_refused", reason=email)
