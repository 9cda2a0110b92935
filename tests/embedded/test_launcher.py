"""The script `portal` itself: its page of help, and when it installs."""

import subprocess
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

import pytest

from tests.running import ROOT


@pytest.fixture
def launcher(tmp_path, monkeypatch):
    """The script as a module, for a checkout in which everything is installed; `installed` counts what it does."""
    loader = SourceFileLoader("launcher", str(ROOT / "portal"))
    launcher = module_from_spec(spec_from_loader("launcher", loader))
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    loader.exec_module(launcher)
    venv = tmp_path / ".venv"
    for name, value in {"ROOT": tmp_path, "VENV": venv, "PYTHON": venv / "python", "HALF_MADE": venv / "half"}.items():
        monkeypatch.setattr(launcher, name, value)
    for name in launcher.LOCKS["development"]:
        (tmp_path / name).write_text("a==1\n")
    launcher.did = []
    monkeypatch.setattr(launcher, "say", lambda sentence: None)
    monkeypatch.setattr(launcher, "run", lambda command: _run(launcher, venv, command))
    launcher.make_ready("development")
    launcher.did.clear()
    return launcher


def _run(launcher, venv, command):
    launcher.did.append("venv" if "venv" in command else "pip")
    (venv / "lib" / f"python{launcher.version()}").mkdir(parents=True, exist_ok=True)
    (venv / "python").touch()


def test_help_names_every_command():
    said = subprocess.run([ROOT / "portal", "help"], capture_output=True, text=True, check=True).stdout

    assert [name for name in ("up", "test", "check", "manage", "bench") if f"\n  {name} " not in said] == []


def test_an_unknown_command_is_told():
    refused = subprocess.run([ROOT / "portal", "fly"], capture_output=True, text=True)

    assert refused.returncode == 1
    assert refused.stderr.startswith("There is no command 'fly'.\n\nusage: ./portal <command>")


def test_nothing_is_done_where_all_is_installed(launcher):
    launcher.make_ready("development")
    launcher.make_ready("main")

    assert launcher.did == []


def test_a_changed_lock_is_installed(launcher):
    (launcher.ROOT / "requirements.lock").write_text("a==2\n")

    launcher.make_ready("main")
    launcher.make_ready("main")

    assert launcher.did == ["pip"]


def test_an_interrupted_installation_is_redone(launcher):
    launcher.HALF_MADE.touch()

    launcher.make_ready("main")

    assert launcher.did == ["venv", "pip"]


def test_an_environment_of_another_python_is_made_anew(launcher):
    (launcher.VENV / "lib" / f"python{launcher.version()}").rmdir()

    launcher.make_ready("main")

    assert launcher.did == ["venv", "pip"]


def test_an_installation_that_fails_is_tried_again(launcher, monkeypatch):
    (launcher.ROOT / "requirements.lock").write_text("a==3\n")
    works = launcher.run

    def fail(command):
        raise launcher.Failed("no network")

    monkeypatch.setattr(launcher, "run", fail)
    with pytest.raises(launcher.Failed):
        launcher.make_ready("main")
    monkeypatch.setattr(launcher, "run", works)
    launcher.make_ready("main")

    assert launcher.did == ["pip"]
