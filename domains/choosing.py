"""The form field by which a way of confirming is chosen: addresses, DNS record, file, or the vetting team."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from domains import methods
from domains.methods import Contacts, Offer, manual
from sslportal.kit.names import Name


class ExplainedChoices(forms.RadioSelect):
    """Radio buttons in groups, each with a sentence under its word, or one for its whole group."""

    template_name = "components/explained_choices.html"
    helps: dict[str, str] = {}
    shared: dict[str, str] = {}  # by the word of the group

    def create_option(self, name: str, value: Any, *args: Any, **options: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **options)
        option["help"] = self.helps.get(str(value), "")
        if option["help"]:
            option["attrs"]["aria-describedby"] = f"{option['attrs'].get('id', name)}_help"
        return option

    def get_context(self, *args: Any) -> dict[str, Any]:
        context = super().get_context(*args)
        groups = context["widget"]["optgroups"]
        context["groups"] = [(word, options, self.shared.get(str(word), "")) for word, options, _index in groups]
        return context


class MethodField(forms.ChoiceField):
    """What is on offer for one domain: see offer_for. The value is that of a methods.Offer."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label=_("How shall control of the domain be confirmed?"),
            widget=ExplainedChoices(),
            error_messages={
                "required": _("Choose one of the ways."),
                "invalid_choice": _("This way is no longer on offer. Choose another one."),
            },
            **options,
        )

    def offer_for(self, domain: str, known: Contacts, wanted: Iterable[Name] = ()) -> None:
        """Offer what can be had for the domain, as far as it proves all the wanted names."""
        self.offers: list[Offer] = methods.offers(domain, known, wanted)
        self.is_looking = known.is_running
        groups = {word: list(offers) for word, offers in groupby(self.offers, _group)}
        self.choices = [(word, [(offer.value, offer.label) for offer in offers]) for word, offers in groups.items()]
        widget: Any = self.widget
        widget.shared = {word: offers[0].help for word, offers in groups.items() if _say_the_same(offers)}
        alone = (offer for word, offers in groups.items() if word not in widget.shared for offer in offers)
        widget.helps = {offer.value: _help(offer) for offer in alone}


def _group(offer: Offer) -> str:
    """Addresses stand together by what makes them eligible; the other ways stand together."""
    return str(offer.method.label if offer.address else _("Another way"))


def _help(offer: Offer) -> str:
    """The sentence under the choice; what D10 makes final says so."""
    no_way_back = _("Manually Validate cannot be taken back.")
    return f"{offer.help} {no_way_back}" if offer.value == manual.VALUE else offer.help


def _say_the_same(offers: list[Offer]) -> bool:
    return len(offers) > 1 and len({offer.help for offer in offers}) == 1
