"""The pages of the request wizard as forms."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from certificates.csr import MAX_CHARACTERS
from certificates.csr_forms import CsrField, GuardedForm, ReadsCsr
from certificates.queries import wanted_names
from certificates.sorting import Text, most_sans, sort_out, sort_text, wildcard_refusal
from domains import counting
from domains.choosing import MethodField
from domains.queries import new_domains
from profiles.models import OrganizationProfile
from profiles.states import Level
from sslportal.kit import clock, names, policy
from sslportal.kit.fields import AddressList
from sslportal.kit.wizard import StepForm

MAX_COMMENTS = 4_000
MOST_ERRORS = 20  # bad names told at once


class Recipients(AddressList):
    """Who else is told what becomes of a certificate."""

    def __init__(self, **options: Any) -> None:
        help_text = _(
            "Mail addresses separated by spaces, commas, semicolons or new lines. The requester is always notified."
        )
        super().__init__(
            **{"label": _("Notification Recipients"), "required": False, "help_text": help_text, **options}
        )


class Comments(forms.CharField):
    """What people want to remember of a certificate."""

    def __init__(self, **options: Any) -> None:
        help_text = _("Optional. Seen by the administrators of the profile and the vetting team.")
        widget = forms.Textarea(attrs={"rows": 3})
        own = {"label": _("Comments"), "required": False, "max_length": MAX_COMMENTS, "help_text": help_text}
        super().__init__(**{**own, "widget": widget, **options})


class RequestForm(ReadsCsr, GuardedForm):
    """New Certificate Request."""

    profile = forms.ModelChoiceField(
        OrganizationProfile.objects.none(), label=_("Organization Profile"), empty_label=None
    )
    level = forms.ChoiceField(label=_("Certificate Type"), choices=Level.choices)
    hash_algorithm = forms.ChoiceField(label=_("HASH Algorithm"))
    validity = forms.ChoiceField(label=_("Validity Period"))
    csr = CsrField()
    comments = Comments()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        now = policy.at(clock.now())
        hashes = [(choice, choice) for choice in now.hash_algorithms()]
        validities = {choice.key: choice.label for name, _label in hashes for choice in now.validity_choices(name)}
        wizard: Any = self.wizard
        self._field("profile").queryset = wizard.profiles
        self._field("hash_algorithm").choices = hashes
        self._field("validity").choices = list(validities.items())

    def _field(self, name: str) -> Any:
        return self.fields[name]

    def to_keep(self, typed: QueryDict) -> dict[str, list[str]]:
        """Everything but what is too long to be a CSR."""
        kept = super().to_keep(typed)
        if len(typed.get("csr", "")) > MAX_CHARACTERS:
            kept.pop("csr", None)
        return kept

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        profile, level = answers.get("profile"), answers.get("level")
        if profile and level == Level.EV and profile.level != Level.EV:
            self.add_error("level", _("This organization profile is vetted to OV only. Choose OV, or another profile."))
        return answers


class ReissueForm(RequestForm):
    """Re-Issue Certificate: the fields of the old order, and a new CSR."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._field("csr").label = _("Paste in CSR")
        if not self._field("profile").queryset.filter(pk=self.step.data.profile_id).exists():
            self._field("profile").empty_label = _("Choose another profile")  # the old order's takes no orders now


class RenewForm(ReissueForm):
    """Renew Certificate: the same, where the CSR of the old order does as well."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_bound or "csr" in self.data:  # a draft is without it where what was pasted could not be kept
            self._field("csr").fallback = self.step.data.csr
        self._field("csr").help_text = _(
            "Leave it empty to keep the key and the names. A new key is safer: paste the whole text of a new CSR, including "
            "the BEGIN and END lines."
        )


class NameListField(forms.Field):
    """Names that were checked when they were added: a list of A-labels, kept in hidden inputs."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[names.Name]:
        return list(dict.fromkeys(_parse(text) for text in value or []))


class RecipientsForm(GuardedForm):
    """Confirm Certificate Details of a renewal that keeps its CSR: the names stay (E15), who is told may change."""

    recipients = Recipients()

    def clean(self) -> dict[str, Any]:
        source = self.step.data["source"]
        try:
            common_name, *sans = wanted_names(source)
        except names.NameRefused as refusal:  # a name can become a public suffix after it was ordered
            raise forms.ValidationError(str(refusal.message), code=refusal.code) from None
        for name in (common_name, *sans):
            refuse_wildcard(name, self.step.data["level"])
        return {**(super().clean() or {}), "common_name": common_name, "sans": sans}


class DetailsForm(GuardedForm):
    """Confirm Certificate Details: names and recipients start from the CSR, and from the order that it follows on.

    Names move from "Add SANs" to "Current SANs" as they are kept; what is no proper name stays in the box, with the reason.
    What the last button did is kept as well, to be told and perhaps undone: the names that it removed, and those that were
    taken out of web addresses.
    """

    REMOVE_ALL, TAKE_BACK = "all", "undo"  # what "remove" says beside a name; no name in the list can be called so

    common_name = forms.CharField(label=_("Common Name"), max_length=253)
    add_sans = forms.CharField(
        label=_("Add SANs"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "mono"}),
        help_text=_(
            "As many as you like at once, separated by spaces, commas, semicolons or new lines, or out of a spreadsheet. Of "
            "web addresses only the names are taken."
        ),
    )
    sans = NameListField(label=_("Current SANs"), required=False)
    removed = forms.Field(required=False, widget=forms.MultipleHiddenInput)
    addresses = forms.Field(required=False, widget=forms.MultipleHiddenInput)
    recipients = Recipients()

    def tidies(self, typed: QueryDict) -> bool:
        return not self.exposed(typed)

    def to_keep(self, typed: QueryDict) -> dict[str, list[str]]:
        kept = super().to_keep(typed)
        if not self.tidies(typed):
            return kept
        button, listed = typed.get("remove", ""), typed.getlist("sans")
        removed = listed if button == self.REMOVE_ALL else [name for name in listed if name == button]
        back = typed.getlist("removed") if button == self.TAKE_BACK else []
        box = sort_text(typed.get("add_sans", "").replace("\0", ""))  # a draft holds none
        common_name = sort_out([typed.get("common_name", "")]).good
        unwanted = {*removed, *(name.ascii for name in common_name)}
        sans = [name for name in dict.fromkeys([*listed, *back]) if name not in unwanted]
        known = {*sans, *unwanted}
        new = [name.ascii for name in box.good if name.ascii not in known]
        room = max(most_sans() - len(sans), 0)
        return {
            **kept,
            "sans": [*sans, *new[:room]],
            "add_sans": ["\n".join([*(text for text, _why in box.bad), *new[room:]])],
            "removed": removed,
            "addresses": [name.ascii for name in box.addresses],
        }

    @property
    def limit(self) -> int:
        return policy.at(clock.now()).max_sans

    @property
    def count(self) -> int:
        """How many of them there are on the page."""
        return len(self["sans"].value() or [])

    @property
    def waiting(self) -> list[Text]:
        """Why names that a CSR brought still wait in the box, before anything was sent."""
        text = "" if self.is_bound else str(self["add_sans"].value() or "")
        return [why for _text, why in sort_text(text).bad[:MOST_ERRORS]]

    def clean_common_name(self) -> names.Name:
        name = _parse(self.cleaned_data["common_name"])
        refuse_wildcard(name, self.step.data["level"])
        return name

    def clean_sans(self) -> list[names.Name]:
        wanted = self.cleaned_data["sans"]
        if errors := [str(why) for name in wanted if (why := wildcard_refusal(name, self.step.data["level"]))]:
            raise forms.ValidationError(errors[:MOST_ERRORS])
        return wanted

    def clean_add_sans(self) -> list[str]:
        """Only names that could not be added are left in the box; say of each what is wrong with it."""
        found = sort_text(self.cleaned_data["add_sans"])
        if found.bad:
            raise forms.ValidationError([str(why) for _text, why in found.bad[:MOST_ERRORS]])
        return [name.ascii for name in found.good]

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        limit = self.limit
        count = len(answers.get("sans", [])) + len(answers.get("add_sans", []))
        if count > limit:
            self.add_error(
                "add_sans",
                forms.ValidationError(
                    _("A certificate takes at most %(limit)d SANs beside the common name, and these are %(count)d. "
                      "Remove %(over)d, or order a second certificate."),
                    params={"limit": limit, "count": count, "over": count - limit},
                ),
            )  # fmt: skip
        self._look_at_subscription(answers)
        return answers

    def _look_at_subscription(self, answers: dict[str, Any]) -> None:
        """The request may add no more domains than the account has subscribed to (D16)."""
        profile = self.step.data["profile"]
        wanted = [name for name in (answers.get("common_name"), *answers.get("sans", [])) if name]
        new = new_domains(profile, wanted)
        if over := counting.over_subscription(profile.account, new) if new else 0:
            self.add_error("common_name", counting.says(over))


def refuse_wildcard(name: names.Name, level: str) -> None:
    """Raise ValidationError for a name that an EV certificate may not hold."""
    if why := wildcard_refusal(name, level):
        raise forms.ValidationError(str(why))


def _parse(text: str) -> names.Name:
    try:
        return names.parse(text)
    except names.NameRefused as refusal:
        raise forms.ValidationError(str(refusal.message), code=refusal.code) from None


class ControlForm(StepForm):
    """Confirmation of Control for one new domain: a way on offer that proves all the names of the request in it."""

    method = MethodField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["method"].offer_for(self.step.data["domain"], self.step.data["known"], self.step.data["wanted"])
