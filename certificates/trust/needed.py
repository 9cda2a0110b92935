"""Which revocation lists somebody may ask for who checks a certificate that is still good."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from certificates.models import Certificate
from certificates.trust.models import Crl


def needed_lists() -> QuerySet[Crl]:
    """The lists that must be good now: each CA's first, and of the others those on which a living certificate can be."""
    now = timezone.now()
    living = Certificate.objects.filter(
        authority=OuterRef("authority"), crl_shard=OuterRef("shard"), not_after__gte=now
    )
    return Crl.objects.filter(Q(shard=0) | Q(Exists(living)), authority__not_after__gt=now)
