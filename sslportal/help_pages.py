"""Pages of the Help menu that belong to no app."""

from collections.abc import Callable
from itertools import groupby

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certificates import downloads, published, systems
from certificates.published import PublishedCa
from certificates.servers import SERVERS, Server, Site, Way
from sslportal.kit import clock, names, policy, policy_words
from sslportal.kit.access import needs, public


class NamesForm(forms.Form):
    """The names to be written into commands; without any, those of an example."""

    names = forms.CharField(
        label=_("Names of your server"),
        help_text=_(
            "They are written into the commands; the first is the common name. Leave it empty to see an example."
        ),
        required=False,
    )

    def clean_names(self) -> list[str]:
        """In A-label form, each once."""
        try:
            typed = names.split(self.cleaned_data["names"])
            most = policy.at(clock.now()).max_sans + 1
            if len(typed) > most:
                raise forms.ValidationError(_("Please give at most %(most)d names."), params={"most": most})
            return list(dict.fromkeys(names.parse(text).ascii for text in typed))
        except names.NameRefused as refusal:
            raise forms.ValidationError(str(refusal), code=refusal.code) from None


@needs("preferences.change")
def create_csr(request: HttpRequest) -> HttpResponse:
    """How to make a key and a CSR, server by server."""
    return _by_server(request, "help/create_csr.html", lambda server, site: server.create(site))


@needs("preferences.change")
def install(request: HttpRequest) -> HttpResponse:
    """How to put a certificate to use, server by server."""
    return _by_server(request, "help/install.html", lambda server, site: server.install(site))


def _by_server(request: HttpRequest, template: str, ways: Callable[[Server, Site], list[Way]]) -> HttpResponse:
    form = NamesForm(request.GET if "names" in request.GET else None)
    given = form.cleaned_data["names"] if form.is_valid() else []
    site = downloads.example(given or downloads.EXAMPLE)
    helped = [(server, server.needs(site), ways(server, site)) for server in SERVERS.values()]
    return render(request, template, {"form": form, "servers": helped, "rules": policy.at(clock.now())})


@needs("preferences.change")
def ov_and_ev(request: HttpRequest) -> HttpResponse:
    """What is checked for either type, and what that means for a certificate."""
    return render(request, "help/ov_and_ev.html", {"compared": _ov_beside_ev(policy.at(clock.now()))})


def _ov_beside_ev(now: policy.Rules) -> list[tuple[str | Promise, ...]]:
    """What is compared, and how it is for OV and for EV."""
    confirmed, one_person = _("Your control of every domain is confirmed."), _("One of the vetting team.")
    two_people = _("Two of the vetting team: who checked the evidence does not approve.")
    possible, impossible = _("Possible."), _("Not possible.")
    return [
        (_("Domains"), confirmed, confirmed),
        (
            _("Organization"),
            _("That it exists, and that its name and address are right."),
            _(
                "Its legal, physical and operational existence, its entry in a register,"
                " and a verified way to reach it."
            ),
        ),
        (
            _("People"),
            _("Administrators of your account request and approve."),
            _(
                "In addition, who may request, approve and sign for the organization;"
                " the Contract Signer accepts an agreement."
            ),
        ),
        (_("Who vets"), one_person, two_people if now.ev_needs_two_people else one_person),
        (
            _("In the certificate"),
            _("Organization, city, state and country."),
            _("In addition the registration number, the kind of organization, and where it is registered."),
        ),
        (_("Wildcards"), possible, possible if now.ev_wildcards_allowed else impossible),
        (policy_words.NAMES["profile-reuse-days"], *_days(now.profile_reuse_days, now.ev_profile_reuse_days)),
        (policy_words.NAMES["domain-reuse-days"], *_days(now.domain_reuse_days, now.ev_domain_reuse_days)),
        (
            _("In browsers"),
            _("In the details of the certificate, which readers must open."),
            _("The same. Browsers gave up the green address bar in 2019."),
        ),
    ]


def _days(*counts: int) -> list[str]:
    return [policy.Validity("", days=count).label for count in counts]


@needs("preferences.change")
def hash_algorithms(request: HttpRequest) -> HttpResponse:
    """Which hash certificates are signed with, and what became of SHA-1."""
    now = policy.at(clock.now())
    offered, fixed = policy_words.tell(now, "hash-algorithms"), now.last_row("sha-1-expiry-dates")
    is_offered = "SHA-1" in now.hash_algorithms()
    context = {
        "offered": offered,
        "sha_1_ended": None if is_offered else offered.since,
        "sha_1_expired": max(fixed.value) if fixed else None,
    }
    return render(request, "help/hash_algorithms.html", context)


@needs("preferences.change")
def weak_keys(request: HttpRequest) -> HttpResponse:
    """What is checked about keys, and what to do about each finding."""
    return render(request, "help/weak_keys.html", {"rules": policy.at(clock.now())})


@needs("preferences.change")
def rules(request: HttpRequest) -> HttpResponse:
    """What the rules are and when they change."""
    now = policy.at(clock.now())
    coming = [
        (day, [(policy_words.NAMES[change.what], policy_words.value_of(change.row)) for change in changes])
        for day, changes in groupby(policy.changes_after(now.moment), key=lambda change: change.on)
    ]
    return render(
        request,
        "help/rules.html",
        {
            "policy": policy_words.POLICIES.get(now.policy, now.policy),
            "coming": coming,
            "parts": policy_words.parts(now),
        },
    )


@public("whoever connects to the servers of our customers needs the root, and most of them have no account")
def trust(request: HttpRequest) -> HttpResponse:
    """The roots with their fingerprints, what is below them, and how systems are made to trust the current one."""
    roots, intermediates = published.cas()
    root = _as_files(roots[0]) if roots else None
    context = {
        "roots": roots,
        "intermediates": intermediates,
        "getting": systems.get(root) if root else [],
        "systems": [(system, system.ways(root)) for system in systems.SYSTEMS] if root else [],
        "is_public": settings.PORTAL_POLICY == "public-trust",
    }
    return render(request, "help/trust.html", context)


def _as_files(root: PublishedCa) -> systems.Root:
    return systems.Root(
        label=downloads.label_of(root.name),
        pem=f"{root.name}.pem",
        der=f"{root.name}.crt",
        address=f"{settings.PKI_URL}{root.pem_path}",
        sha1=root.sha1.replace(":", ""),
    )
