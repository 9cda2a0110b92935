"""The demo's mail, to be read and clicked where no mail server is."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from sslportal.kit.access import public
from sslportal.kit.models import MailAttachment, OutgoingMail

SHOWN = 100


@public("the demo's mail is for whoever tries the demo")
@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    return render(request, "demo/outbox.html", {"mails": OutgoingMail.objects.order_by("-pk")[:SHOWN]})


@public("the demo's mail is for whoever tries the demo")
@require_safe
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "demo/mail.html", {"mail": get_object_or_404(OutgoingMail, pk=pk)})


@public("the demo's mail is for whoever tries the demo")
@require_safe
def attachment(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    found = get_object_or_404(MailAttachment, pk=file, mail=pk)
    response = HttpResponse(bytes(found.content), content_type=found.content_type)
    response["Content-Disposition"] = content_disposition_header(True, found.name)
    return response
