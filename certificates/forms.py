"""The pages of the request wizard as forms."""

from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from certificates.csr import MAX_CHARACTERS, CsrRefused, Request, holds_private_key, read, refused
from domains import counting
from domains.choosing import MethodField
from domains.queries import new_domains
from profiles.models import OrganizationProfile
from profiles.states import Level
from sslportal.kit import clock, names, policy
from sslportal.kit.fields import AddressList
from sslportal.kit.wizard import StepForm, as_query

MAX_COMMENTS = 4_000
MOST_ERRORS = 20  # bad names told at once
EXPOSURES = {"private-key", "csr-and-key"}


class GuardedForm(StepForm):
    """A page into which somebody could paste a private key by mistake: it is neither kept nor carried back."""

    def exposed(self, typed: QueryDict) -> list[str]:
        """The fields with a private key in them."""
        return [name for name in self.fields if holds_private_key("\n".join(typed.getlist(name)))]

    def to_keep(self, typed: QueryDict) -> dict[str, list[str]]:
        kept = super().to_keep(typed)
        return {name: values for name, values in kept.items() if name not in self.exposed(typed)}

    def full_clean(self) -> None:
        """The key is taken out before anything could quote it; the error at its field says that it is exposed now."""
        typed = cast(QueryDict, self.data)
        why = {name: _exposure("\n".join(typed.getlist(name))) for name in self.exposed(typed)} if self.is_bound else {}
        if why:
            self.data = as_query({**dict(typed.lists()), **{name: [""] for name in why}})
        super().full_clean()
        for name, error in why.items():
            self.errors.pop(name, None)
            self.add_error(name, error)


def _exposure(text: str) -> forms.ValidationError:
    try:
        read(text)
    except CsrRefused as refusal:
        if refusal.code in EXPOSURES:
            return forms.ValidationError(str(refusal.message), code=refusal.code)
    return forms.ValidationError(str(refused("private-key").message), code="private-key")


class RequestForm(GuardedForm):
    """New Certificate Request."""

    profile = forms.ModelChoiceField(
        OrganizationProfile.objects.none(), label=_("Organization Profile"), empty_label=None
    )
    level = forms.ChoiceField(label=_("Certificate Type"), choices=Level.choices)
    hash_algorithm = forms.ChoiceField(label=_("HASH Algorithm"))
    validity = forms.ChoiceField(label=_("Validity Period"))
    csr = forms.Field(  # not a CharField: what is in it is certificates.csr's to judge, odd characters included
        label="CSR",
        required=False,
        help_text=_("Paste the whole text, including the BEGIN and END lines."),
        widget=forms.Textarea(
            attrs={"rows": 12, "spellcheck": "false", "autocomplete": "off", "autocapitalize": "off", "class": "mono"}
        ),
    )
    comments = forms.CharField(
        label=_("Comments"),
        required=False,
        max_length=MAX_COMMENTS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Optional. Seen by the administrators of the profile and the vetting team."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        now = policy.at(clock.now())
        hashes = [(choice, choice) for choice in now.hash_algorithms()]
        validities = {choice.key: choice.label for name, _label in hashes for choice in now.validity_choices(name)}
        owner = self.wizard.draft.owner
        assert owner  # noqa: S101  # a draft of this kind has one
        self._field("profile").queryset = OrganizationProfile.objects.orderable_by(owner)
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

    def clean_csr(self) -> Request:
        try:
            return read(self.cleaned_data["csr"] or "")
        except CsrRefused as refusal:
            raise forms.ValidationError(str(refusal.message), code=refusal.code) from None

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        profile, level = answers.get("profile"), answers.get("level")
        if profile and level == Level.EV and profile.level != Level.EV:
            self.add_error("level", _("This organization profile is vetted to OV only. Choose OV, or another profile."))
        return answers


class NameListField(forms.Field):
    """Names that were checked when they were added: a list of A-labels, kept in hidden inputs."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[names.Name]:
        return list(dict.fromkeys(_parse(text) for text in value or []))


class DetailsForm(GuardedForm):
    """Confirm Certificate Details: names and recipients start from the CSR.

    Names move from "Add SANs" to "Current SANs" as they are kept; what is no proper name stays in the box, with the reason.
    """

    common_name = forms.CharField(label=_("Common Name"), max_length=253)
    add_sans = forms.CharField(
        label=_("Add SANs"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "mono"}),
        help_text=_("Names separated by spaces, commas, semicolons or new lines."),
    )
    sans = NameListField(label=_("Current SANs"), required=False)
    recipients = AddressList(
        label=_("Notification Recipients"),
        required=False,
        help_text=_("Mail addresses separated by spaces, commas, semicolons or new lines. You are always notified."),
    )

    def tidies(self, typed: QueryDict) -> bool:
        return not self.exposed(typed)

    def to_keep(self, typed: QueryDict) -> dict[str, list[str]]:
        kept = super().to_keep(typed)
        if not self.tidies(typed):
            return kept
        current, box = typed.getlist("sans"), typed.get("add_sans", "")
        good, bad = sort_out(box, room=most_sans() - len(current))
        unwanted = {typed.get("remove", ""), typed.get("common_name", "").strip().lower()}
        kept["sans"] = [name for name in dict.fromkeys([*current, *good]) if name not in unwanted]
        kept["add_sans"] = ["\n".join(bad)]
        return kept

    def clean_common_name(self) -> names.Name:
        return self._allowed(_parse(self.cleaned_data["common_name"]))

    def clean_sans(self) -> list[names.Name]:
        return [self._allowed(name) for name in self.cleaned_data["sans"]]

    def clean_add_sans(self) -> list[str]:
        """Only names that could not be added are left in the box; say of each what is wrong with it."""
        errors, proper = [], []
        for text in _split(self.cleaned_data["add_sans"]):
            try:
                proper.append(_parse(text).ascii)
            except forms.ValidationError as error:
                errors.append(error)
        if errors:
            raise forms.ValidationError(errors[:MOST_ERRORS])
        return proper

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        limit = policy.at(clock.now()).max_sans
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

    def _allowed(self, name: names.Name) -> names.Name:
        if name.wildcard and self.step.data["level"] == Level.EV:
            raise forms.ValidationError(
                _("%(name)s is a wildcard, which an EV certificate may not hold. Name each server, or choose OV."),
                params={"name": name.ascii},
            )
        return name


def _parse(text: str) -> names.Name:
    try:
        return names.parse(text)
    except names.NameRefused as refusal:
        raise forms.ValidationError(str(refusal.message), code=refusal.code) from None


def _split(text: str) -> list[str]:
    try:
        return names.split(text)
    except names.NameRefused as refusal:
        raise forms.ValidationError(str(refusal.message), code=refusal.code) from None


def most_sans() -> int:
    """How many names are kept as a list: enough to say that they are too many, and to choose which ones to remove."""
    return 2 * policy.at(clock.now()).max_sans


def sort_out(text: str, room: int) -> tuple[list[str], list[str]]:
    """The proper names of the text as A-labels, at most `room` of them, and the rest as typed."""
    good: list[str] = []
    bad: list[str] = []
    try:
        parts = names.split(text)
    except names.NameRefused:
        return [], [text]
    for part in parts:
        try:
            name = names.parse(part).ascii
        except names.NameRefused:
            bad.append(part)
        else:
            (good if len(good) < room else bad).append(name)
    return good, bad


class ControlForm(StepForm):
    """Confirmation of Control for one new domain: a way on offer that proves all the names of the request in it."""

    method = MethodField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["method"].offer_for(self.step.data["domain"], self.step.data["known"], self.step.data["wanted"])
