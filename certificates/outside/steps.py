"""The request wizard for people without an account: no domain control, and nothing that tells of the account."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from certificates.actions.requests import Wanted
from certificates.models import Visit
from certificates.outside.forms import OutsideDetailsForm, OutsideRequestForm
from certificates.outside.queries import profiles_of
from certificates.steps import STAGES, OrderWizard
from profiles.models import OrganizationProfile
from sslportal.kit.models import Draft
from sslportal.kit.wizard import Step, StepForm


class OutsideWizard(OrderWizard):
    """A request by a visitor of the request portal, to whom the draft belongs."""

    kind = "request-portal"
    form_class = OutsideRequestForm
    details_class = OutsideDetailsForm
    stages = [stage for stage in STAGES if stage[0] != "domains"]
    is_outside = True

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        super().__init__(visit.draft or Draft(kind=self.kind))

    @property
    def profiles(self) -> QuerySet[OrganizationProfile]:
        return profiles_of(self.visit.portal)

    def save(self) -> None:
        """Write the draft; the first time it becomes the visit's."""
        super().save()
        if self.visit.draft_id != self.draft.pk:
            self.visit.draft = self.draft
            self.visit.save(update_fields=["draft"])

    def _after_details(self) -> list[Step]:
        return [Step("summary", _("Certificate Request Summary"), "certificates/new/summary.html")]

    def base_domain(self, form: StepForm) -> str | None:
        """Not told: it would say which domains of the account are confirmed. Nor do the next two."""
        return None

    def base_of(self, wanted: Wanted) -> str | None:
        return None

    def control(self, wanted: Wanted) -> list[tuple[str, str]]:
        return []
