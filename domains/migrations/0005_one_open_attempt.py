from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("domains", "0004_what_was_confirmed_before"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['waiting', 'proved'])), fields=('domain',), name='one_open_attempt_a_domain'),
        ),
    ]
