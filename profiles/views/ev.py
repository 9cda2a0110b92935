"""To be written."""

from django.http import Http404

from sslportal.kit.access import needs


@needs("profiles.see")
def begin(request, **kwargs):
    raise Http404


@needs("profiles.see")
def page(request, **kwargs):
    raise Http404


@needs("profiles.see")
def submitted(request, **kwargs):
    raise Http404


@needs("profiles.see")
def cancel(request, **kwargs):
    raise Http404


@needs("profiles.see")
def resend(request, **kwargs):
    raise Http404
