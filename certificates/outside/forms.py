"""The forms of the request portal: its settings, its entrance, the two pages of its wizard, and what approvers change."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from certificates.csr_forms import Guarded
from certificates.forms import MOST_ERRORS, Comments, DetailsForm, RequestForm, refuse_wildcard
from certificates.models import Order
from certificates.outside import logos
from certificates.outside.captcha import WithCaptcha
from certificates.outside.models import RequestPortal
from certificates.sorting import sort_out, sort_text
from domains.choosing import MethodField
from domains.methods import Contacts
from profiles.states import Level
from sslportal.kit import addresses, clock, names, policy
from sslportal.kit.fields import Address, Line
from sslportal.kit.names import Name
from sslportal.kit.uploads import too_large

UPLOAD = "upload"  # the button beside the file
MOST_DOMAINS = 200
MOST_COMMENT = 1_000
DOMAIN = re.compile(r"(?=.{4,253}$)((?!-)[a-z0-9-]{1,63}(?<!-)\.)+(?!-)[a-z0-9-]{2,63}(?<!-)")


class MailDomains(forms.CharField):
    """Domains of mail addresses, as A-labels; each once, as a list."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Email Address Domains"),
            required=False,
            max_length=20_000,
            widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "class": "mono"}),
            help_text=_(
                "What stands behind the @, such as example.com, separated by spaces, commas, semicolons or new lines. Domains "
                "below one are not meant with it. International ones are kept in the form that begins with xn--, so that "
                "look-alikes can be told apart."
            ),
        )

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        try:
            given = names.split(super().clean(value))
        except names.NameRefused as refusal:
            raise forms.ValidationError(str(refusal.message), code=refusal.code) from None
        found = {text: names.to_ascii(text.removeprefix("@").lower()).rstrip(".") for text in given}
        if wrong := [text for text, domain in found.items() if not DOMAIN.fullmatch(domain)]:
            raise forms.ValidationError(
                _("These are not domains of mail addresses: %(wrong)s. Write them like example.com."),
                params={"wrong": ", ".join(text[:80] for text in wrong[:5])},
            )
        domains = list(dict.fromkeys(found.values()))
        if len(domains) > MOST_DOMAINS:
            raise forms.ValidationError(_("At most %(most)d domains can be listed."), params={"most": MOST_DOMAINS})
        return domains


class LogoField(forms.FileField):
    """A picture, as the PNG that is kept of it; nothing where no file was chosen."""

    was_dropped = False

    def clean(self, data: Any, initial: Any = None) -> bytes:
        if self.was_dropped:
            raise forms.ValidationError(logos.too_large())
        if data is None:
            return b""
        try:
            return logos.read(data)
        except logos.BadLogo as refusal:
            raise forms.ValidationError(str(refusal)) from None


class ContactForm(forms.Form):
    """What is needed to switch the portal on."""

    contact = Address(
        label=_("Contact Email"),
        help_text=_("To whom people write who have questions or problems. It is shown to them."),
    )


class SettingsForm(ContactForm):
    """All settings of a portal that is on."""

    header = Line(
        label=_("Header String"),
        required=False,
        max_length=100,
        help_text=_("Stands at the top of the portal. Without it: “Certificate Request Portal”."),
    )
    shows_logo = forms.BooleanField(label=_("Use your logo"), required=False)
    logo = LogoField(
        label=_("Logo file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
        help_text=_("A JPG or PNG of at most 1 MB. It is shown in a box of 300 × 35 pixels, not distorted."),
    )
    filters_domains = forms.BooleanField(
        label=_("Enable email address domain filtering"),
        required=False,
        help_text=_("Only people with an address at one of these domains get in, after they have proved it by a mail."),
    )
    mail_domains = MailDomains()
    requires_captcha = forms.BooleanField(
        label=_("Require Captcha for certificate request portal access"),
        required=False,
        help_text=_(
            "Keeps programs out that send requests by themselves. It needs JavaScript in the visitor's browser."
        ),
    )

    def __init__(self, typed: Any, files: Any, *, portal: RequestPortal) -> None:
        own = ("contact", "header", "shows_logo", "filters_domains", "mail_domains", "requires_captcha")
        super().__init__(typed, files, initial={name: getattr(portal, name) for name in own})
        self.portal = portal

    def drop(self, request: Any) -> None:
        """Say of a file that was cut off on its way that it is too large."""
        field: Any = self.fields["logo"]
        field.was_dropped = "logo" in too_large(request)

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if answers.get("filters_domains") and "mail_domains" in answers and not answers["mail_domains"]:
            self.add_error(
                "mail_domains", _("List at least one domain, or switch the filter off: nobody would get in.")
            )
        lacks_file = "logo" in answers and not answers["logo"]
        if lacks_file and self.data.get("go") == UPLOAD:
            self.add_error("logo", _("Choose a file first."))
        elif lacks_file and answers.get("shows_logo") and not self.portal.logo:
            self.add_error("logo", _("There is no logo yet: choose a file."))
        return answers


class OutsideAddress(Address):
    """A mail address in the one spelling in which it is mailed to: an international domain as A-labels."""

    def clean(self, value: Any) -> str:
        try:
            return addresses.mailable(super().clean(value))
        except addresses.Unmailable:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


class EntranceForm(WithCaptcha):
    email = OutsideAddress(
        label=_("Email"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("You are told by mail what becomes of your request."),
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "mono"}),
        help_text=_("The six digits in the mail."),
    )

    def clean_code(self) -> str:
        return "".join(self.cleaned_data["code"].split())


class OutsideRequestForm(RequestForm):
    """New Certificate Request: the profiles that are on offer, and why the certificate is needed."""

    tells_organization = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._field("comments").help_text = _(
            "Who you are and what the certificate is for: by this the request is approved. Seen by those who approve it and "
            "by the vetting team."
        )


class OutsideDetailsForm(DetailsForm):
    """Confirm Certificate Details: the names alone. No mail to others can be asked for, and no subscription is told of."""

    recipients = None  # type: ignore[assignment]  # Django's way of leaving a field out

    def _look_at_subscription(self, answers: dict[str, Any]) -> None:
        """Looked at when the request is approved."""


class CommentForm(Guarded):
    text = Comments(
        label=_("Comment"),
        required=True,
        max_length=MOST_COMMENT,
        help_text=_("Read by those who may approve the request. It cannot be changed afterwards."),
    )


class ChangeForm(Guarded):
    """What an approver changes of a request from outside. The common name is that of the CSR's owner, and stays."""

    level = forms.ChoiceField(label=_("Certificate Type"), choices=Level.choices)
    validity = forms.ChoiceField(label=_("Validity Period"))
    sans = forms.CharField(
        label=_("SANs"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "mono"}),
        help_text=_("Beside the common name; separated by spaces, commas, semicolons or new lines."),
    )

    def __init__(self, typed: Any, *, order: Order) -> None:
        initial = {"level": order.level, "validity": order.validity, "sans": "\n".join(order.sans)}
        super().__init__(typed, initial=initial)
        self.order = order
        validity: Any = self.fields["validity"]
        choices = policy.at(clock.now()).validity_choices(order.hash_algorithm)
        validity.choices = [(choice.key, choice.label) for choice in choices]

    def clean_level(self) -> str:
        level: str = self.cleaned_data["level"]
        if level == Level.EV and self.order.profile.level != Level.EV:
            raise forms.ValidationError(_("This organization profile is vetted to OV only."))
        return level

    def clean_sans(self) -> list[str]:
        found = sort_text(self.cleaned_data["sans"])
        if found.bad:
            raise forms.ValidationError([str(why) for _text, why in found.bad[:MOST_ERRORS]])
        sans = [name.ascii for name in found.good if name.ascii != self.order.common_name]
        limit = policy.at(clock.now()).max_sans
        if len(sans) > limit:
            raise forms.ValidationError(
                _("A certificate takes at most %(limit)d SANs beside the common name, and these are %(count)d."),
                params={"limit": limit, "count": len(sans)},
            )
        return sans

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        for field, given in (("level", [self.order.common_name]), ("sans", answers.get("sans", []))):
            for name in sort_out(given).good if "level" in answers else []:
                try:
                    refuse_wildcard(name, answers["level"])
                except forms.ValidationError as error:
                    self.add_error(field, error)
        return answers


class ControlsForm(forms.Form):
    """How control of each domain that the request would add is to be confirmed: what outsiders do not choose (J4)."""

    def __init__(self, *args: Any, domains: dict[str, tuple[Contacts, list[Name]]], **options: Any) -> None:
        super().__init__(*args, **options)
        for domain, (known, wanted) in domains.items():
            field = MethodField()
            field.offer_for(domain, known, wanted)
            field.label = names.display(domain)
            self.fields[f"control-{domain}"] = field

    @property
    def controls(self) -> dict[str, str]:
        return {name.removeprefix("control-"): value for name, value in self.cleaned_data.items()}
