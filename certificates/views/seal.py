"""The site seal: the page on which its script is created, the picture on our customers' websites, and where it leads."""

import uuid
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE
from csp.decorators import csp
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import conditional_page, require_safe

from accounts.requests import PersonRequest
from certificates import rules
from certificates import seal as seals
from certificates import seal_picture as pictures
from certificates.models import Order
from certificates.seal_picture import Look
from certificates.views.orders import visible_order
from sslportal.kit import clock
from sslportal.kit.access import View, needs, public
from sslportal.kit.everybody import same_for_everybody

# Seconds. A revocation shows within five minutes even where two caches stand in a row, such as a proxy's and a browser's, of
# which the first does not tell the second how old its copy is: each keeps it half of that time.
KEPT_FOR = 150


class SealForm(forms.Form):
    """How the seal shall look."""

    size = forms.ChoiceField(
        label=gettext_lazy("Site Seal Size"),
        choices=[(size.key, size.word) for size in pictures.SIZES.values()],
        widget=forms.RadioSelect,
        initial="medium",
    )
    tone = forms.ChoiceField(
        label=gettext_lazy("Colors"),
        choices=[*pictures.TONES.items(), ("auto", gettext_lazy("Light or dark, as the visitor's system is set"))],
        widget=forms.RadioSelect,
        initial="light",
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES, initial=get_language)

    def sizes(self) -> list[tuple[Any, pictures.Size]]:
        """Each button with its size, so that the page can show what it stands for."""
        return [(button, pictures.SIZES[button.data["value"]]) for button in self["size"]]


@needs("orders.see")
@require_safe
def create(request: PersonRequest, pk: int) -> HttpResponse:
    order = visible_order(request, pk)
    if not rules.may_seal(request.user, order):
        sentence = _("Only a certificate that is issued has a site seal; this order is: %(status)s.")
        messages.info(request, sentence % {"status": order.get_status_display()})
        return redirect(order)
    form = SealForm(request.GET if "size" in request.GET else None)
    context = {"order": order, "form": form, "language": get_language()}
    if form.is_valid():
        portal = urlsplit(settings.PORTAL_URL)
        context["script"] = _script(order, form.cleaned_data, settings.PORTAL_URL)
        context["preview"] = _script(order, form.cleaned_data, "")
        context["source"] = f"img-src {portal.scheme}://{portal.netloc}"
    return render(request, "certificates/site_seal.html", context, status=422 if form.errors else 200)


def _script(order: Order, chosen: dict[str, str], portal: str) -> str:
    """What is pasted into a website, with the portal's address; without it, for a look at it here."""
    size, tone, language = pictures.SIZES[chosen["size"]], chosen["tone"], chosen["language"]
    looks = [Look(size, one, language).key for one in (["light", "dark"] if tone == "auto" else [tone])]
    with translation.override(language):
        return render_to_string(
            "seal/script.txt",
            {"order": order, "portal": portal, "brand": settings.PORTAL_BRAND, "size": size, "looks": looks},
        ).strip()


def unlisted(view: View) -> View:
    """No search engine lists what the view answers."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(*args, **kwargs)
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return answer


@public("it stands on our customers' websites")
@same_for_everybody
@unlisted
@csp({"default-src": [NONE], "frame-ancestors": [NONE]})  # type: ignore[arg-type]  # it thinks of views without arguments
@conditional_page
@require_safe
def image(request: HttpRequest, seal: uuid.UUID, look: str) -> HttpResponse:
    """The seal as it is now. Where there is none, that is drawn too: the page would show a broken picture otherwise."""
    if look not in pictures.LOOKS:
        raise Http404
    order = seals.order_of(seal)
    drawn = pictures.draw(pictures.LOOKS[look], order)
    response = HttpResponse(drawn, content_type="image/svg+xml", status=200 if order else 404)
    response.headers["Content-Language"] = pictures.LOOKS[look].language
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_cache_control(response, public=True, must_revalidate=True, max_age=_kept_for(order))
    return response


def _kept_for(order: Order | None) -> int:
    """How long a cache may keep the picture: a valid one not beyond the certificate's end, two caches in a row included."""
    if seals.standing(order) is not seals.VALID or order is None or order.issued is None:
        return KEPT_FOR
    left = (order.issued.not_after - clock.now()).total_seconds()
    return min(KEPT_FOR, int(left) // 2)


class WebsiteForm(forms.Form):
    """Where the visitor has seen the seal, as far as the browser has not said."""

    site = forms.CharField(
        label=gettext_lazy("Address of the website"),
        help_text=gettext_lazy("As it stands in the address bar of your browser, such as www.example.com."),
        max_length=2000,
    )

    def clean_site(self) -> str:
        typed = self.cleaned_data["site"]
        host = seals.host_of(typed if "://" in typed else f"https://{typed}")
        if not host:
            raise forms.ValidationError(
                _(
                    "This is not the address of a website. Please give it as it stands in the address bar of your browser."
                )
            )
        return host


@public("visitors of our customers' websites come here from the seal")
@unlisted
@never_cache
@require_safe
def verify(request: HttpRequest, seal: uuid.UUID) -> HttpResponse:
    """What is behind a seal, and whether it may stand where the visitor saw it."""
    order = seals.order_of(seal)
    if order is None or order.issued is None:
        return render(request, "seal/unknown.html", status=404)
    form = WebsiteForm(request.GET if "site" in request.GET else None)
    seen_on = _seen_on(request)
    asked = form.cleaned_data["site"] if form.is_valid() else ""
    context = {
        "order": order,
        "certificate": order.issued,
        "standing": seals.standing(order),
        "seen_on": seen_on,
        "is_covered": seals.covers(order.issued.dns_names, seen_on),
        "form": form,
        "asked": asked,
        "is_asked_covered": seals.covers(order.issued.dns_names, asked),
        "portal": settings.PORTAL_URL,
    }
    return render(request, "seal/verify.html", context, status=422 if form.errors else 200)


def _seen_on(request: HttpRequest) -> str:
    """The host of the page with the link, as the browser tells it; empty where it does not, or where the page was ours."""
    host = seals.host_of(request.headers.get("Referer", ""))
    return "" if host == seals.host_of(f"https://{request.get_host()}") else host
