"""What the history tells of a request portal."""

from django.utils.translation import gettext_lazy as _

EVENTS = {
    "enable": _("Switched on"),
    "disable": _("Switched off"),
    "edit": _("Edited"),
    "put-logo": _("Logo replaced"),
}
