import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

NAMES = """
UPDATE certificates_order SET dns_names = c.dns_names
FROM certificates_certificate c WHERE c.order_id = certificates_order.id AND c.order_id BETWEEN %s AND %s
"""
AT_ONCE = 20_000  # orders; for each row of a statement PostgreSQL keeps 4 KB until its end

ORDERS = """
UPDATE certificates_revocation SET order_id = c.order_id
FROM certificates_certificate c WHERE c.id = certificates_revocation.certificate_id
"""


def copy_names(apps, editor):
    """With the indexes away meanwhile, since each row of a million would be written into all of them once more."""
    order = apps.get_model('certificates', 'Order')
    for index in order._meta.indexes:
        editor.remove_index(order, index)
    last = order.objects.aggregate(last=models.Max('pk'))['last'] or 0
    for first in range(1, last + 1, AT_ONCE):
        editor.execute(NAMES, [first, first + AT_ONCE - 1])
    for index in order._meta.indexes:
        editor.add_index(order, index)


class Migration(migrations.Migration):

    dependencies = [
        ('certificates', '0007_reminders'),
    ]

    operations = [
        migrations.AddField(
            model_name='order',
            name='dns_names',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=253), null=True, size=None),
        ),
        migrations.RunPython(copy_names, migrations.RunPython.noop),
        migrations.AddField(
            model_name='revocation',
            name='order',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='revoked_as', to='certificates.order'),
        ),
        migrations.RunSQL(ORDERS, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='revocation',
            name='order',
            field=models.OneToOneField(help_text='That of the certificate: reports get here from the order without reading all certificates.', on_delete=django.db.models.deletion.PROTECT, related_name='revoked_as', to='certificates.order'),
        ),
    ]
