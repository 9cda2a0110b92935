"""The engine runs where there is a Python 3.9 and nothing else."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "discovery" / "scanner").glob("*.py"))
YOUNGER = {"tomllib", "compression", "annotationlib", "pathlib.types", "concurrent.interpreters"}  # than Python 3.9
IMPORTING = "import sys; sys.path.insert(0, sys.argv[1]); " + "; ".join(
    f"import discovery.scanner.{path.stem}" for path in MODULES if path.stem != "__init__"
)


def tree(path):
    return ast.parse(path.read_text(), feature_version=(3, 9))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_only_the_standard_library_of_python_3_9_is_imported(path):
    imported = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            imported.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add(node.module)
    others = {name for name in imported if not name.startswith("discovery.scanner")}

    assert {name.partition(".")[0] for name in others} <= sys.stdlib_module_names
    assert not others & YOUNGER


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_syntax_is_younger_than_python_3_9(path):
    nodes = list(ast.walk(tree(path)))
    annotations = {
        id(inner)
        for node in nodes
        for part in (getattr(node, "annotation", None), getattr(node, "returns", None))
        if part is not None
        for inner in ast.walk(part)
    }

    assert not [node for node in nodes if isinstance(node, ast.Match)]
    assert not [node for node in nodes if _joins_types(node) and id(node) not in annotations]
    assert not annotations or "from __future__ import annotations" in path.read_text()


def _joins_types(node):
    """`int | None`, which Python 3.9 cannot compute; in an annotation nobody computes it. `os.O_RDWR | os.O_CREAT` it can."""
    is_or = isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr)
    names = (getattr(inner, "attr", getattr(inner, "id", "")) for inner in ast.walk(node) if is_or)
    return is_or and not any(name.isupper() for name in names)


def test_the_engine_is_imported_without_any_package():
    subprocess.run([sys.executable, "-I", "-S", "-W", "error", "-c", IMPORTING, ROOT], check=True)


@pytest.mark.parametrize("minor", [9, 10, 12, 13, 14])
def test_the_engine_is_imported_by_another_python(minor):
    python = shutil.which(f"python3.{minor}")
    if not python or subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode:
        pytest.skip(f"no Python 3.{minor} on this machine")

    subprocess.run([python, "-I", "-S", "-W", "error", "-c", IMPORTING, ROOT], check=True)
