"""The catalogue of the interface's sentences: `manage.py translations update` and `manage.py translations check`.

Django's own makemessages needs programs of GNU gettext; this reads Python by Babel, templates by Django itself and the
notes of the dated rules by our own reader, so that it works wherever the development packages are.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template import Origin, Template
from django.template.base import NodeList
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

from sslportal.kit import policy_rows

LANGUAGE = "ja"
APPS = ("accounts", "certificates", "discovery", "domains", "profiles", "reporting", "sslportal")
IN_A_TAG = re.compile(r'_\("([^"]+)"\)')  # {% fact _("Order") … %}
KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
}  # fmt: skip


class Command(BaseCommand):
    help = "Keep the catalogue of translated sentences complete."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=["update", "check"])

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        if verb == "update":
            self.stdout.write(update())
        elif faults := list(check()):
            raise CommandError("\n".join(faults))


def found() -> Any:
    """A catalogue with every sentence of the code and the templates, and where it stands."""
    from babel.messages.catalog import Catalog

    catalog = Catalog(charset="utf-8", header_comment="# The interface of the portal.")
    for file, message, context in sorted([*_in_python(), *_in_templates(), *_in_policies()], key=str):
        catalog.add(message, locations=[(file, 0)], context=context)
    return catalog


def _in_python() -> Iterator[tuple[str, Any, str | None]]:
    from babel.messages.extract import extract_from_file

    for app in APPS:
        for path in sorted((settings.BASE_DIR / app).rglob("*.py")):
            for _line, message, _comments, context in extract_from_file("python", path, keywords=KEYWORDS):
                yield str(path.relative_to(settings.BASE_DIR)), message, context


def _in_templates() -> Iterator[tuple[str, Any, str | None]]:
    for path in sorted((settings.BASE_DIR / "templates").rglob("*.*")):
        name = str(path.relative_to(settings.BASE_DIR))
        yield from ((name, message, None) for message in IN_A_TAG.findall(path.read_text(encoding="utf-8")))
        for node in _nodes(Template(path.read_text(encoding="utf-8"), origin=Origin(name)).nodelist):
            message = _block(node) if isinstance(node, BlockTranslateNode) else str(node.filter_expression.var.literal)
            yield name, message, node.message_context and str(node.message_context.var)


def _in_policies() -> Iterator[tuple[str, Any, str | None]]:
    """The notes of the dated rules, which the page about them shows."""
    for path in sorted(policy_rows.FOLDER.glob("*.toml")):
        for row in policy_rows.read(path):
            if row.note:
                yield str(path.relative_to(settings.BASE_DIR)), row.note, None


def _nodes(nodes: NodeList) -> list[Any]:
    return [*nodes.get_nodes_by_type(TranslateNode), *nodes.get_nodes_by_type(BlockTranslateNode)]


def _block(node: Any) -> str | tuple[str, str]:
    singular = node.render_token_list(node.singular)[0]
    return (singular, node.render_token_list(node.plural)[0]) if node.plural else singular


def _path(ending: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / LANGUAGE / "LC_MESSAGES" / f"django.{ending}"


def _read() -> Any:
    from babel.messages.pofile import read_po

    with _path("po").open("rb") as file:
        return read_po(file, locale=LANGUAGE)


def update() -> str:
    """Bring the catalogue up to date, keeping what is translated, and compile it. Returns what is left to translate."""
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import write_po

    catalog = (
        _read()
        if _path("po").exists()
        else Catalog(
            locale=LANGUAGE,
            project="SSL Portal",
            version=" ",
            msgid_bugs_address=" ",
            last_translator=" ",
            header_comment="# The Japanese catalogue. Written by: manage.py translations update",
            fuzzy=False,
        )
    )
    catalog.update(found(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    _path("po").parent.mkdir(parents=True, exist_ok=True)
    with _path("po").open("wb") as file:
        write_po(file, catalog, omit_header=False, sort_output=True, include_lineno=False, width=120)
    with _path("mo").open("wb") as file:
        write_mo(file, catalog)
    left = [message.id for message in catalog if message.id and not _is_translated(message)]
    return f"{len(catalog)} sentences, {len(left)} of them to translate"


def _is_translated(message: Any) -> bool:
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


def check() -> Iterator[str]:
    """What is wrong with the catalogue: a sentence that is not in it or not translated, or that it is not compiled."""
    from babel.messages.mofile import write_mo

    catalog = _read()
    for message in found():
        there = catalog.get(message.id, message.context) if message.id else None
        if message.id and (there is None or not _is_translated(there)):
            yield f"not translated: {message.id}"
    for message in catalog:
        yield from (f"{message.id}: {error}" for error in message.check(catalog))
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    if compiled.getvalue() != _path("mo").read_bytes():
        yield "the compiled catalogue is another one: run `manage.py translations update`"
