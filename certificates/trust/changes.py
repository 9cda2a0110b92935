"""The verb of whoever changes a certificate's status: what was said of it until now is taken back, and said anew."""

from django.db import OperationalError, connection
from django.utils.translation import gettext as _

from certificates import tasks
from certificates.models import Certificate
from certificates.trust import files
from certificates.trust.models import OcspAnswer, Service, StatusChange
from sslportal.kit import queue
from sslportal.kit.moves import Refused

PATIENCE = 8  # seconds


def publish_change(certificate: Certificate) -> None:
    """To be called in the transaction that changes the status: from its commit on nobody is told what was true before.

    Until the `ca` worker has signed what is true now, within seconds, OCSP says that one should try later.
    """
    _hold(certificate)
    OcspAnswer.objects.filter(certificate=certificate).delete()
    files.remove([certificate])
    StatusChange.objects.bulk_create(StatusChange.of(certificate, service) for service in Service)
    queue.after_commit(tasks.publish_changes)


def _hold(certificate: Certificate) -> None:
    """Whoever signs an answer holds this row: either that answer is deleted here, or the signer sees what was changed.

    A signer needs a second at most; whoever waits longer, waits for one that hangs, and occupies the web process.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = %s", [f"{PATIENCE}s"])
    try:
        Certificate.objects.select_for_update(no_key=True).get(pk=certificate.pk)
    except OperationalError as error:
        raise Refused(
            _("The portal is busy with this certificate. Nothing was changed. Try again in a minute.")
        ) from error
