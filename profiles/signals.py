"""What other apps may listen to."""

from django.dispatch import Signal

decided = Signal()  # kwargs: profile. Orders for the profile may be able to go on; sent after the commit.
