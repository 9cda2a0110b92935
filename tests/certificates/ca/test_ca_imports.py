"""The package stands alone: no Django, and no linter where nobody lints."""

import subprocess
import sys
from pathlib import Path

import certificates.ca

FOLDER = Path(certificates.ca.__file__).parent
REPOSITORY = FOLDER.parent.parent


def loaded_after(code: str) -> set[str]:
    """The top-level packages that a fresh interpreter has loaded after the code."""
    code += "\nimport sys\nprint(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, check=True, text=True)
    return set(done.stdout.split())


def test_no_module_imports_django():
    modules = [f"certificates.ca.{path.stem}" for path in FOLDER.glob("*.py") if path.stem != "__init__"]

    loaded = loaded_after("".join(f"import {module}\n" for module in modules))

    assert "pkilint" in loaded
    assert "django" not in loaded


def test_linter_is_not_imported_before_it_is_used():
    assert "pkilint" not in loaded_after(
        "import certificates.ca.issue, certificates.ca.hierarchy, certificates.ca.bundle"
    )
