"""What `manage.py check --deploy` looks at beside Django's own."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def no_demo_for_the_world(**kwargs: Any) -> list[CheckMessage]:
    """The demo shows every mail, links included, to everybody, and sends none."""
    if not settings.PORTAL_DEMO:
        return []
    return [Error("PORTAL_DEMO is on: mail is shown to everybody and sent to nobody.", id="sslportal.E001")]
