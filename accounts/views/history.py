"""To be written."""

from django.http import Http404

from sslportal.kit.access import public


@public("stub")
def history(request, **kwargs):
    raise Http404
