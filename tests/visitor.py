"""A visitor of the running portal without a browser: keeps cookies, sends forms with their token."""

import html
import re
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urljoin

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Visitor:
    """Somebody with a web client at `base`, such as http://localhost:8000."""

    def __init__(self, base):
        self.base = base
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.url, self.text, self.content, self.status = base, "", b"", 0

    def get(self, path):
        return self._open(urllib.request.Request(urljoin(self.url, path)))

    def send(self, path="", **fields):
        """Send the form of the page that is open, to `path` or to the page itself."""
        values = {"csrfmiddlewaretoken": TOKEN.search(self.text).group(1), **fields}
        data = urlencode(values, doseq=True).encode()
        headers = {"Referer": self.url}
        return self._open(urllib.request.Request(urljoin(self.url, path), data, headers))

    def _open(self, request):
        try:
            answer = self.opener.open(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            self.content, self.status, self.url = answer.read(), answer.status, answer.url
        self.text = self.content.decode("utf-8", "replace")
        return self

    def sign_in(self, email, password):
        self.get("/sign-in/").send(login=email, password=password)
        assert "/sign-in/" not in self.url, f"{email} could not sign in"
        return self

    def order(self, csr, name, address=None, **fields):
        """Request a certificate through the pages of the wizard; returns the order's number."""
        self.get("/certificates/new/")
        profile = re.search(r'<option value="(\d+)"', self.text).group(1)
        first = {"profile": profile, "level": "OV", "hash_algorithm": "SHA-256", "validity": "365-days", "csr": csr}
        self.send(**first, comments="", go="continue")
        self.send(common_name=name, add_sans="", recipients="", go="continue", **fields)
        if address:
            self.send(go="continue").send(method=address, go="continue")
        self.send(go="finish")
        return int(re.search(r"/certificates/(\d+)/submitted/", self.url).group(1))

    def status_of(self, order):
        """The word in the badge on the order's page."""
        self.get(f"/certificates/{order}/state/")
        return html.unescape(
            re.search(r'class="status [^"]*">.*?</svg>\s*([^<]+)<', self.text, re.DOTALL).group(1)
        ).strip()

    def wait_until_issued(self, order, seconds=30):
        """Seconds until the order is Issued. Raises AssertionError when it takes longer than `seconds`."""
        began = time.monotonic()
        while (status := self.status_of(order)) != "Issued":
            assert time.monotonic() - began < seconds, f"order {order} is still {status}"
            time.sleep(0.05)
        return time.monotonic() - began
