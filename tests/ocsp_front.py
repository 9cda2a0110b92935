"""The nginx of docs/ocsp-files.md, at another port and with other files."""

import re
from pathlib import Path

DOCUMENTED = Path(__file__).parents[1] / "docs" / "ocsp-files.md"


def configuration(folder, port, files, *, portal="http://127.0.0.1:8000", more=""):
    """What nginx goes by, as written in the documentation; `folder` is for what it writes itself, `more` for its http part."""
    server = re.search(r"```nginx\n(.*?)```", DOCUMENTED.read_text(encoding="utf-8"), re.DOTALL)[1]
    server = server.replace("listen 80;", f"listen 127.0.0.1:{port};").replace("/run/sslportal/ocsp", str(files))
    server = server.replace("http://127.0.0.1:8000", portal).replace("$host", "localhost")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    return (
        f"pid {folder}/pid; error_log {folder}/error.log; daemon off; worker_processes 2; events {{}}\n"
        f"http {{ {temporary} {more}\n{server}}}\n"
    )
