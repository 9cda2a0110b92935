"""Whether the Introduction comes again."""

from accounts.models import Administrator


def show_introduction_again(person: Administrator, again: bool) -> None:
    """Keep whether the person wants it after the next sign-in. No history: it concerns nobody else and opens nothing."""
    person.shows_introduction = again
    person.save(update_fields=["shows_introduction"])
