"""The rule for passwords (A4), one validator a line of it; every place where a password is set uses them all."""

from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator, UserAttributeSimilarityValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

Text = Any  # a sentence, translated when it is shown
SHORTEST = 8
LONGEST = 128  # characters: longer ones would only cost the hasher time


class Rule:
    """One line of the rule: what it asks for, and what is said where it is not met."""

    key = ""
    asks: Text = ""
    error: Text = ""

    def is_met(self, password: str) -> bool:
        raise NotImplementedError

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError."""
        if not self.is_met(password):
            raise ValidationError(self.error, code=self.key)

    def get_help_text(self) -> str:
        return str(self.asks)


class HasEnoughCharacters(Rule):
    key = "length"
    asks = _("at least 8 characters")
    error = _("The password is too short or too long: use 8 to 128 characters.")

    def is_met(self, password: str) -> bool:
        return SHORTEST <= len(password) <= LONGEST


class _HasOne(Rule):
    """At least one character of a kind."""

    def is_one(self, character: str) -> bool:
        raise NotImplementedError

    def is_met(self, password: str) -> bool:
        return any(map(self.is_one, password))


class HasDigit(_HasOne):
    key = "digit"
    asks = _("a number (for example 1, 2, 3)")
    error = _("The password has no number: add one, for example 7.")

    def is_one(self, character: str) -> bool:
        return character.isdecimal()


class HasLetter(_HasOne):
    key = "letter"
    asks = _("a letter (for example a, B, c)")
    error = _("The password has no letter: add one, for example k.")

    def is_one(self, character: str) -> bool:
        return character.isalpha()


class HasSymbol(_HasOne):
    key = "symbol"
    asks = _("a symbol (for example #, $, !)")
    error = _("The password has no symbol: add one, for example #.")

    def is_one(self, character: str) -> bool:
        """Neither letter nor digit nor white space."""
        return not (character.isalnum() or character.isspace())


class IsNotCommon(CommonPasswordValidator):
    """Not one of the 20,000 commonest, also not with one or two digits or symbols around it."""

    def validate(self, password: str, user: Any = None) -> None:
        if {password.lower().strip(), _letters_in_the_middle(password)} & self.passwords:
            raise ValidationError(
                _("This password is among the first that are tried: it is a very common one with little around it."),
                code="common",
            )

    def get_help_text(self) -> str:
        return str(_("not a common password"))


def _letters_in_the_middle(password: str) -> str:
    """The password without the digits and symbols around it, where these are no more than two."""
    first = next((i for i, character in enumerate(password) if character.isalpha()), 0)
    last = next((i for i, character in enumerate(reversed(password)) if character.isalpha()), 0)
    return password[first : len(password) - last].lower() if first + last <= 2 else ""


class IsNotAboutThePerson(UserAttributeSimilarityValidator):
    """Not like the person's name or address."""

    DEFAULT_USER_ATTRIBUTES = ("first_name", "last_name", "email", "phone")

    def __init__(self) -> None:
        super().__init__(user_attributes=self.DEFAULT_USER_ATTRIBUTES)

    def get_help_text(self) -> str:
        return str(_("not like your name or your email address"))
