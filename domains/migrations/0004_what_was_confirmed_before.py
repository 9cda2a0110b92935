"""What the confirmations of before rest on: the last attempt that was approved, else the vetting team's word.

Where no attempt tells when that was, it stays unknown: the end that the domain has already binds it.
"""

from datetime import timedelta

from django.db import migrations
from django.db.models import F

LIFETIME = timedelta(days=14)  # of a link, when the portal knew no other way


def fill(apps, schema_editor):
    Domain, Attempt = apps.get_model("domains", "Domain"), apps.get_model("domains", "Attempt")
    for domain in Domain.objects.exclude(expires_at=None).iterator():
        proof = Attempt.objects.filter(domain=domain, status="approved").order_by("-pk").first()
        domain.method = proof.method if proof else "manual"
        domain.confirmed_at = proof.updated_at if proof else None
        domain.save(update_fields=["method", "confirmed_at"])
    Attempt.objects.filter(method="mail").update(expires_at=F("created_at") + LIFETIME)
    Attempt.objects.filter(status="approved").update(proved_by=F("method"), proved_at=F("updated_at"))
    for domain in Domain.objects.iterator():
        waiting = Attempt.objects.filter(domain=domain, status="waiting").order_by("-pk")
        Attempt.objects.filter(pk__in=list(waiting.values_list("pk", flat=True)[1:])).update(status="withdrawn")


class Migration(migrations.Migration):

    dependencies = [
        ("domains", "0003_confirmation"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
