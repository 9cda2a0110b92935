"""The notices about a webhook that the portal has switched off."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.webhooks.models import Webhook
from accounts.webhooks.states import OffBecause
from profiles.notifications import telling
from sslportal.kit import clock
from sslportal.kit.catalogue import Priority, To, notice
from sslportal.kit.mail import Letter

OPEN = gettext_lazy("Open the webhook")
MEANWHILE = gettext_lazy(
    "Your server is told of nothing until you switch it on again. What happens meanwhile is not sent later."
)
WAITING = gettext_lazy(
    "The log of deliveries there says what went wrong. What still waits in it is sent once it is on again."
)

FAILING = notice(
    "webhook-failing",
    Priority.CRITICAL,
    when="Nothing got through to the account's webhook for three days, and it is switched off.",
    to=[To.GLOBALS],
    subject=gettext_lazy("The webhook of %(company)s was switched off"),
    lines=[gettext_lazy("For three days, nothing that was sent to your server at %(host)s got through."), MEANWHILE],
    action=OPEN,
    after=[WAITING],
)
GONE = notice(
    "webhook-gone",
    Priority.CRITICAL,
    when="The receiver of the account's webhook answers that it is gone, and the webhook is switched off.",
    to=[To.GLOBALS],
    subject=gettext_lazy("The webhook of %(company)s was switched off"),
    lines=[
        gettext_lazy("Your server at %(host)s answered with HTTP status 410: nothing shall be sent there any more."),
        MEANWHILE,
    ],
    action=OPEN,
    after=[WAITING],
)


def switched_off(webhook: Webhook) -> None:
    """To the account's Global Administrators. It happened at this moment, and may happen again."""
    kind = GONE if webhook.off_because == OffBecause.GONE else FAILING
    url = settings.PORTAL_URL + webhook.get_absolute_url()
    words = {"company": webhook.account.name, "host": str(webhook)}

    def write() -> Letter:
        return kind.letter(words, facts=[(_("URL"), webhook.url)], url=url)

    key = f"{webhook.pk}:{clock.now().isoformat()}"
    telling.tell(telling.about_account(kind, key, webhook.account, write, {**words, "url": url}))
