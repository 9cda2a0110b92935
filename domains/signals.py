"""What other apps may listen to."""

from django.dispatch import Signal

decided = (
    Signal()
)  # kwargs: profile. A domain of the profile was confirmed, declined or deleted; sent after the commit.
