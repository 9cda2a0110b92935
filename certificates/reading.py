"""What a page says of the CSR in its box, while one is there: what is in it, what becomes of it, what is wrong with it."""

from dataclasses import dataclass, replace
from functools import cached_property

from django.utils.translation import gettext as _

from certificates.ca.plan import MAX_COMMON_NAME
from certificates.csr import CsrRefused, Request
from certificates.csr.advice import Advice, advise
from certificates.sorting import Proposal, Text, propose, wildcard_refusal
from profiles.models import OrganizationProfile
from sslportal.kit import clock, names, policy

MOST_SHOWN = 30  # names, or refused names, before the rest is only counted
OLD_HASHES = {"md5": "MD5", "sha1": "SHA-1"}


@dataclass(frozen=True)
class Reading:
    """A CSR as it was read, or why it was refused.

    Its names and its organization are told beside the profile and the level that a certificate is requested for; without
    a profile, only the key is of interest. Of the organization nothing is told to people outside of the account.
    """

    request: Request | None = None
    refusal: CsrRefused | None = None
    profile: OrganizationProfile | None = None
    level: str = ""
    tells_organization: bool = True

    def without_organization(self) -> "Reading":
        return replace(self, tells_organization=False)

    @cached_property
    def advice(self) -> Advice | None:
        """How to make a better one."""
        return advise(self.refusal) if self.refusal else None

    @cached_property
    def proposal(self) -> Proposal:
        assert self.request  # noqa: S101  # asked only of a CSR that was read
        return propose(self.request)

    @property
    def common_name(self) -> str:
        """With its A-label form, where it has U-labels."""
        common = self.proposal.common
        return names.display(common.ascii) if common else self.proposal.common_name

    @cached_property
    def sans(self) -> list[names.Name]:
        """Those that can be certified."""
        return [name for name in self.proposal.sans if not wildcard_refusal(name, self.level)]

    @cached_property
    def refused_names(self) -> list[Text]:
        """Of each name that cannot be certified, why."""
        wanted = [name for name in (self.proposal.common, *self.proposal.sans) if name]
        wildcards = [why for name in wanted if (why := wildcard_refusal(name, self.level))]
        return [*(why for _text, why in self.proposal.unfit), *wildcards]

    @property
    def limit(self) -> int:
        """How many SANs a certificate takes beside the common name."""
        return policy.at(clock.now()).max_sans

    @property
    def shown_sans(self) -> list[str]:
        return [names.display(name.ascii) for name in self.sans[:MOST_SHOWN]]

    @property
    def more_sans(self) -> int:
        return max(len(self.sans) - MOST_SHOWN, 0)

    @property
    def shown_refused(self) -> list[Text]:
        return self.refused_names[:MOST_SHOWN]

    @property
    def more_refused(self) -> int:
        return max(len(self.refused_names) - MOST_SHOWN, 0)

    @property
    def organization(self) -> str:
        """What the CSR says of the organization, in one line."""
        asked = self.request
        assert asked  # noqa: S101
        parts = (asked.organization, asked.organizational_unit, asked.locality, asked.state, asked.country)
        return ", ".join(part for part in parts if part)

    @property
    def names_another_organization(self) -> bool:
        """Whether the CSR has an organization, which is not the one that will stand in the certificate."""
        asked = self.request.organization if self.request else ""
        return bool(asked and self.profile and _folded(asked) != _folded(self.profile.organization))

    @property
    def warnings(self) -> list[Text]:
        """What the person should do something about, or at least know."""
        found = [self.proposal.note] if self.proposal.note else []
        if len(self.sans) > self.limit:
            found.append(
                _("A certificate takes at most %(limit)d SANs beside the common name. Choose on the next page, or order a "
                  "certificate for each part of the names.") % {"limit": self.limit}
            )  # fmt: skip
        return found

    @property
    def notes(self) -> list[Text]:
        """What of the CSR does not get into the certificate, and does no harm."""
        asked, common = self.request, self.proposal.common
        assert asked  # noqa: S101
        found: list[Text] = []
        if common and len(common.ascii) > MAX_COMMON_NAME:
            found.append(
                _("The common name has more than %(most)d characters: it will stand among the SANs only.")
                % {"most": MAX_COMMON_NAME}
            )
        if asked.signature_hash in OLD_HASHES:
            found.append(
                _(
                    "The CSR is signed with %(hash)s. That does no harm: the certificate is signed with the hash you choose."
                )
                % {"hash": OLD_HASHES[asked.signature_hash]}
            )
        return [*found, *asked.ignored]


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
