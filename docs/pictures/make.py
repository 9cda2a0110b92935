"""Makes the pictures of the Introduction, in English and Japanese, from a running portal with the demo.

`./portal up` in one terminal, then in another, once the development packages and a font with Japanese letters are there:
`.venv/bin/python docs/pictures/make.py http://localhost:8000 .state/demo-people.json`
"""

import base64
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

INTO = Path(__file__).parents[2] / "static" / "img" / "introduction"
WIDTH, HEIGHT = 1600, 1000  # of a picture, in pixels
CLOSE, WIDE = 800, 1280  # how much of a page it shows: a part from near, or a whole list
AT_MOST = 60_000  # bytes


def portal(page: Page) -> None:
    page.goto("/certificates/")
    scroll_to(page, "h1")


def profile(page: Page) -> None:
    open_order(page, "shop.example.com")
    scroll_to(page, ".panel:has(.facts)")


def domains(page: Page) -> None:
    page.goto("/domains/")
    scroll_to(page, "h1")


def request(page: Page) -> None:
    page.goto("/certificates/new/")
    box = page.locator("textarea[name=csr]")
    box.fill(new_csr())
    page.locator(".csr-read dl").wait_for()
    box.evaluate("box => { box.blur(); box.scrollTop = 0; }")
    scroll_to(page, "textarea", above=64)


def approve(page: Page) -> None:
    open_order(page, "intranet.example.com")


def download(page: Page) -> None:
    open_order(page, "www.example.com")
    page.goto(f"{page.url}download/")
    scroll_to(page, "textarea", above=64)


def order(page: Page) -> None:
    page.goto("/certificates/?status=issued&sort=expires")
    scroll_to(page, "h1")


def people(page: Page) -> None:
    page.goto("/administration/administrators/")


PAUL, GINA = "paul@example.com", "gina@example.com"
PICTURES: list[tuple[Callable[[Page], None], str, int]] = [
    (portal, PAUL, WIDE),
    (profile, PAUL, CLOSE),
    (domains, PAUL, WIDE),
    (request, PAUL, CLOSE),
    (approve, PAUL, CLOSE),
    (download, PAUL, CLOSE),
    (order, PAUL, WIDE),
    (people, GINA, WIDE),
]


def scroll_to(page: Page, part: str, above: int = 24) -> None:
    page.locator(part).first.evaluate(
        "(part, above) => scrollTo(0, part.getBoundingClientRect().top + scrollY - above)", above
    )


def open_order(page: Page, name: str) -> None:
    page.goto("/certificates/")
    page.get_by_role("link", name=name, exact=True).first.click()


def new_csr() -> str:
    with tempfile.TemporaryDirectory() as folder:
        command = "openssl req -new -newkey rsa:2048 -nodes -keyout server.key -subj /CN=www.example.com"
        return subprocess.run(command.split(), cwd=folder, check=True, capture_output=True, text=True).stdout  # noqa: S603


def main(url: str, passwords: dict[str, str]) -> None:
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for language in ("en", "ja"):
            for picture, email, width in PICTURES:
                context = browser.new_context(
                    base_url=url,
                    locale=language,
                    viewport={"width": width, "height": width * HEIGHT // WIDTH},
                    device_scale_factor=WIDTH / width,
                )
                page = signed_in(context, email, passwords[email])
                picture(page)
                page.wait_for_load_state("networkidle")
                page.locator("footer").evaluate_all("feet => feet.forEach((foot) => foot.remove())")  # of the demo
                save(page, INTO / language / f"{picture.__name__}.webp")
                context.close()


def signed_in(context: BrowserContext, email: str, password: str) -> Page:
    page = context.new_page()
    page.goto("/sign-in/")
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(password)
    page.locator("form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/introduction/|/certificates/"))
    return page


def save(page: Page, file: Path) -> None:
    """What the window shows, as WebP, which Chromium writes only when it is asked in its own protocol."""
    chromium = page.context.new_cdp_session(page)
    for quality in range(90, 20, -10):
        shot = chromium.send("Page.captureScreenshot", {"format": "webp", "quality": quality})
        content = base64.b64decode(shot["data"])
        if len(content) <= AT_MOST:
            break
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    sys.stdout.write(f"{file.relative_to(INTO)}: {len(content)} bytes at quality {quality}\n")


if __name__ == "__main__":
    main(sys.argv[1], json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
