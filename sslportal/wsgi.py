"""What gunicorn serves: the trust services to whoever checks a certificate, and Django for all else."""

import os
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from django.core.wsgi import get_wsgi_application

from sslportal import isolation

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sslportal.settings")

isolation.require_no_keys("The web process")

ASKED_BY_ADDRESS = ("/healthz", "/readyz")  # by load balancers, which do not know our name

portal = get_wsgi_application()

from django.conf import settings  # noqa: E402

from certificates.trust import web  # noqa: E402  # reads models, which Django must know first

OUR_NAME = urlsplit(settings.PORTAL_URL).netloc


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request."""
    if environ["PATH_INFO"] in ASKED_BY_ADDRESS:
        environ["HTTP_HOST"] = OUR_NAME
    answers = web.application if environ["PATH_INFO"].startswith(web.PREFIX) else portal
    return answers(environ, start_response)
