"""The catalogue of notices: each is whole, in both languages, and given somewhere."""

import ast
import inspect
import re
from pathlib import Path

import pytest
from django.utils.functional import Promise
from django.utils.translation import override

from sslportal.kit.catalogue import CATALOGUE, Kind
from sslportal.management.commands.notices import MODULES, declared_in

PLACE = re.compile(r"%\((\w+)\)[sd]")
KEBAB = re.compile(r"[a-z]+(-[a-z]+)+")
LONGEST_SUBJECT = {"en": 75, "ja": 50}  # characters, before its places are filled in
APPS = ("accounts", "certificates", "discovery", "domains", "profiles", "reporting", "sslportal")
HOUSE = [module for modules in MODULES.values() for module in modules]

each_notice = pytest.mark.parametrize("kind", CATALOGUE.values(), ids=CATALOGUE.keys())
each_module = pytest.mark.parametrize("module", HOUSE, ids=[module.__name__ for module in HOUSE])


def texts(kind):
    return [kind.subject, *kind.lines, *filter(None, [kind.attached, kind.action]), *kind.after]


def words(text):
    """The text without its places: what there is to translate."""
    return PLACE.sub("", str(text)).strip()


def in_(language, text):
    with override(language):
        return str(text)


def sources():
    """The code of the apps, by file."""
    return {path: path.read_text() for app in APPS for path in Path(app).rglob("*.py")}


def tree_of(module):
    return ast.parse(inspect.getsource(module))


def functions_of(module):
    return [node for node in tree_of(module).body if isinstance(node, ast.FunctionDef)]


def constants_of(module):
    """The names of the notices that the module declares."""
    return {name for name, value in vars(module).items() if isinstance(value, Kind)}


def names_in(*trees):
    """What the code mentions: plain names, and those of a module's things with the module's name before them."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    plain = {node.id for node in nodes if isinstance(node, ast.Name)}
    attributes = [node for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)]
    return plain | {f"{node.value.id}.{node.attr}" for node in attributes}


@each_notice
def test_a_key_is_in_kebab_case(kind):
    assert KEBAB.fullmatch(kind.key)


@each_notice
def test_a_notice_says_when_it_is_given_in_a_sentence(kind):
    assert kind.when[0].isupper()
    assert kind.when.endswith(".")


@each_notice
def test_a_notice_to_nobody_is_listed(kind):
    assert kind.to or kind.is_listed


@each_notice
def test_every_text_has_japanese(kind):
    for text in filter(words, texts(kind)):
        assert isinstance(text, Promise)
        assert in_("ja", text) != in_("en", text)


@each_notice
def test_both_languages_have_the_same_places(kind):
    for text in texts(kind):
        assert set(PLACE.findall(in_("ja", text))) == set(PLACE.findall(in_("en", text))), str(text)


@each_notice
@pytest.mark.parametrize("language", LONGEST_SUBJECT)
def test_a_subject_is_a_short_line(kind, language):
    subject = in_(language, kind.subject)

    assert subject == " ".join(subject.split())
    assert len(words(subject)) <= LONGEST_SUBJECT[language]


def test_every_notice_is_in_the_document():
    assert sorted(kind.key for module in HOUSE for kind in declared_in(module)) == sorted(CATALOGUE)


def test_every_module_that_declares_notices_is_in_the_document():
    declaring = {str(path) for path, code in sources().items() if re.search(r"^\w+ = notice\($", code, re.MULTILINE)}

    assert declaring == {str(Path(module.__file__).relative_to(Path.cwd())) for module in HOUSE}


@each_module
def test_every_notice_is_given(module):
    assert constants_of(module) <= names_in(*functions_of(module))


@each_module
def test_every_function_that_gives_one_is_called(module):
    app, stem = module.__name__.split(".")[0], module.__name__.split(".")[-1]
    here = names_in(tree_of(module))
    is_named_once = stem != "notices"  # as several apps call theirs
    near = (code for path, code in sources().items() if is_named_once or path.parts[0] == app)
    around = names_in(*map(ast.parse, near))

    for function in functions_of(module):
        assert function.name in here or f"{stem}.{function.name}" in around, function.name
