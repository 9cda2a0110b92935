"""To be written."""

from django.http import Http404

from sslportal.kit.access import public


@public("the signer has no account; the token of the link is what counts")
def terms(request, **kwargs):
    raise Http404
