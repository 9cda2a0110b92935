"""The catalogue of notices: `manage.py notices` prints what docs/notices.md holds."""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation import override

from accounts import account_notices, notices
from accounts.webhooks import notices as webhooks
from accounts.webhooks.announcing import event_name
from certificates import notices as certificates
from certificates.outside import portal_notices
from discovery import notices as discovery
from domains import notices as domains
from profiles import ev_notices
from profiles import notices as profiles
from profiles.notifications import expiry
from reporting import notices as reporting
from sslportal.kit.catalogue import Kind

MODULES: dict[str, tuple[ModuleType, ...]] = {
    "Certificates": (certificates,),
    "Request portal": (portal_notices,),
    "Domains": (domains,),
    "Discovery": (discovery,),
    "Reporting": (reporting,),
    "Organization profiles": (profiles, ev_notices),
    "Reminders of several ends": (expiry,),
    "Accounts": (account_notices, webhooks),
    "Mails to one person": (notices,),
}
INTRODUCTION = """\
# Notices

Everything that the portal tells people by itself. Made of the catalogue by `./portal manage notices > docs/notices.md`.

What is listed stands on the page Notifications and goes to the account's webhook, as the event that is named here. Mail goes
once to each of the people named here: in the language of the profile, or about matters of the account and of oneself in the
reader's own. `%(…)s` is a place that is filled in.
"""


class Command(BaseCommand):
    help = "Print the catalogue of notices as a page."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(page())


def page() -> str:
    """The page, made of what the apps declare."""
    parts = [INTRODUCTION]
    for title, modules in MODULES.items():
        parts.append(f"## {title}\n")
        parts += ["\n".join(_section(kind)) + "\n" for module in modules for kind in declared_in(module)]
    return "\n".join(parts)


def declared_in(module: ModuleType) -> list[Kind]:
    """The notices that the module declares, in its order."""
    return [value for value in vars(module).values() if isinstance(value, Kind)]


def _section(kind: Kind) -> Iterator[str]:
    yield f"### {kind.key}\n"
    yield f"{kind.when}\n"
    yield f"- Priority: {kind.priority.value}"
    yield f"- Mail: {'; '.join(kind.to) or 'none'}"
    yield f"- Listed: yes, event `{event_name(kind.key)}`" if kind.is_listed else "- Listed: no"
    for code, name in settings.LANGUAGES:
        with override(code):
            yield from _words(kind, str(name))


def _words(kind: Kind, language: str) -> Iterator[str]:
    yield f"\n{language}: **{kind.subject}**\n"
    action = [f"[{kind.action}]"] if kind.action else []
    paragraphs = [*kind.lines, *filter(None, [kind.attached]), *action, *kind.after]
    yield "\n>\n".join(f"> {paragraph}" for paragraph in paragraphs)
