"""What gunicorn serves: the trust services to whoever checks a certificate, and Django for all else."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

from sslportal import isolation

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sslportal.settings")

isolation.require_no_keys("The web process")

portal = get_wsgi_application()

from certificates.trust import web  # noqa: E402  # reads models, which Django must know first


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request."""
    answers = web.application if environ["PATH_INFO"].startswith(web.PREFIX) else portal
    return answers(environ, start_response)
