"""Asking identity providers: no redirects, little time, small answers."""

import time
from typing import Any

import requests

TIMEOUT = 5  # seconds without a byte
WHOLE_TIMEOUT = 15  # seconds in all
LARGEST = 512 * 1024
CHUNK = 16 * 1024


class Session(requests.Session):
    """Answers are read at once, and dropped with RequestException where they are too slow or too long."""

    def request(self, method: str, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs |= {"timeout": TIMEOUT, "allow_redirects": False, "stream": True}
        response = super().request(method, url, *args, **kwargs)
        response._content = _read(response)
        return response


def _read(response: requests.Response) -> bytes:
    body, until = b"", time.monotonic() + WHOLE_TIMEOUT
    while chunk := response.raw.read1(CHUNK, decode_content=True):
        body += chunk
        if len(body) > LARGEST or time.monotonic() > until:
            response.close()
            raise requests.RequestException("The answer is too long or too slow.")
    return body


def get_json(url: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """The JSON object at the address. Raises requests.RequestException."""
    with Session() as session:
        response = session.get(url, headers=headers)
    response.raise_for_status()
    answer = response.json()
    if not isinstance(answer, dict):
        raise requests.RequestException(f"{url} answers something that is no JSON object.")
    return answer
