"""To be written."""

from django.http import Http404

from sslportal.kit.access import needs


@needs("profiles.see")
def profile_list(request, **kwargs):
    raise Http404


@needs("profiles.add")
def add(request, **kwargs):
    raise Http404


@needs("profiles.see")
def edit(request, **kwargs):
    raise Http404


@needs("profiles.add")
def added(request, **kwargs):
    raise Http404
