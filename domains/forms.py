"""The pages of adding domains, and of choosing how a domain is confirmed, as forms."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from domains import contacts, counting, rules
from domains.choosing import MethodField
from domains.lines import MOST, Line, sort_out
from profiles.models import OrganizationProfile
from profiles.states import Level
from sslportal.kit import names
from sslportal.kit.wizard import StepForm

MOST_ERRORS = 20  # bad names told at once
SKIP = "skip"


class NamesForm(StepForm):
    """Add Domains: the profile, the level, and many names at once."""

    profile = forms.ModelChoiceField(OrganizationProfile.objects.none(), label=_("Profile Name"), empty_label=None)
    level = forms.ChoiceField(label=_("Level of Confirmation"), choices=Level.choices)
    names = forms.CharField(
        label=_("Domain Names"),
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocapitalize": "off", "class": "mono"}),
        help_text=_(
            "Registered domains such as example.com, or names below them, separated by spaces, commas, semicolons or new "
            "lines. A confirmed domain covers the names below it and wildcards."
        ),
        error_messages={"required": _("Give at least one domain name.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        profiles = manageable_by(self.wizard.draft.owner)
        fields["profile"].queryset = profiles
        if not profiles.filter(level=Level.EV).exists():
            fields["level"].choices = [(Level.OV.value, Level.OV.label)]

    def to_keep(self, typed: QueryDict) -> dict[str, list[str]]:
        """Everything but a list that is far too long."""
        kept = super().to_keep(typed)
        if len(typed.get("names", "")) > names.MAX_LIST:
            kept.pop("names", None)
        return kept

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        profile, level, text = (answers.get(name) for name in ("profile", "level", "names"))
        if profile and level == Level.EV and profile.level != Level.EV:
            self.add_error("level", _("This organization profile is vetted to OV only. Choose OV, or another profile."))
        if profile and text:
            answers["lines"] = self._lines(profile, text)
        return answers

    def _lines(self, profile: OrganizationProfile, text: str) -> list[Line]:
        """What each of the names is; errors where nothing can be added, or more than is allowed."""
        pieces = self._pieces(text)
        lines = sort_out(profile, pieces) if pieces else []
        good = [line.name for line in lines if line.is_new]
        if pieces and not good:
            self.add_error(
                "names", [f"{line.typed}: {line.says}" if line.name else line.says for line in lines][:MOST_ERRORS]
            )
        if over := counting.over_subscription(profile.account, good) if good else 0:
            self.add_error("names", counting.says(over))
        return lines

    def _pieces(self, text: str) -> list[str]:
        try:
            pieces = names.split(text)
        except names.NameRefused as refusal:
            self.add_error("names", str(refusal.message))
            return []
        if not pieces:
            self.add_error("names", self.fields["names"].error_messages["required"])
        if len(pieces) > MOST:
            self.add_error("names", forms.ValidationError(TOO_MANY, params={"count": len(pieces), "limit": MOST}))
            return []
        return pieces


TOO_MANY = _("These are %(count)d names. Please add at most %(limit)d at a time.")


def manageable_by(person: Any) -> Any:
    """The profiles to which the person may add domains now."""
    ours = OrganizationProfile.objects.filter(accesses__administrator=person, account=person.account_id)
    return ours.filter(status__in=rules.TAKES_DOMAINS).distinct().order_by("name")


class ControlForm(StepForm):
    """Confirmation of Control for one of the domains that are being added; Skip leaves it out."""

    method = MethodField()
    for_all = forms.BooleanField(
        label=_("Confirm all remaining domains in this way"),
        required=False,
        help_text=_("For a mail: by the address of the same name at each domain, where it is on offer."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["method"].offer_for(self.step.data["domain"], self.step.data["known"])
        if self.step.data["is_last"]:
            del fields["for_all"]
        if self.is_bound and self.data.get("method") == SKIP:
            fields["method"].choices = [*fields["method"].choices, (SKIP, _("Skip"))]


class ChooseForm(forms.Form):
    """How a domain that is there shall be confirmed."""

    method = MethodField()

    def __init__(self, *args: Any, domain: str, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["method"].offer_for(domain, contacts.known(domain))
