"""How gunicorn serves the portal: `gunicorn -c python:sslportal.serving sslportal.wsgi`, with the portal's environment."""

import tempfile
from pathlib import Path

from sslportal import environment
from sslportal.kit import logs

_MEMORY = Path("/dev/shm")  # noqa: S108  # where a slow disk cannot make a worker look dead

bind = environment.names("PORTAL_LISTEN", "127.0.0.1:8000")
worker_class = "gthread"
workers = environment.whole("PORTAL_WEB_WORKERS", 2, least=1, most=64)
threads = environment.whole("PORTAL_WEB_THREADS", 4, least=1, most=64)
graceful_timeout = 20  # seconds for what is being answered when somebody asks it to stop
worker_tmp_dir = str(_MEMORY) if _MEMORY.is_dir() else tempfile.gettempdir()
control_socket_disable = True
logconfig_dict = logs.config(
    environment.choice("LOG_FORMAT", "line", "json"), environment.text("LOG_LEVEL", "INFO")
) | {
    "loggers": {"gunicorn.error": {"level": "INFO", "propagate": True}},  # by the root's handler, as all else
}
