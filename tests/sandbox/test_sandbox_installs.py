"""The rest of hepcoder is out of reach however hepcoder was installed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pydantic
import pytest

import hepcoder.sandbox
from hepcoder.sandbox.base import Sandbox

CHECKOUT = Path(hepcoder.sandbox.__path__[0]).resolve().parent
ROOMS = ("agents", "benchmarks", "graphs", "ledger", "sandbox", "tools", "ui")
HIDDEN = ("agents", "benchmarks", "graphs", "ui")

SCRIPT = """
import importlib.util, os, sys
import hepcoder.tools, hepcoder.sandbox, hepcoder.ledger
print([room for room in {hidden!r} if importlib.util.find_spec(f'hepcoder.{{room}}')])
found = []
for top in (sys.prefix, '/opt', os.path.dirname(sys.prefix)):
    for folder, _, files in os.walk(top):
        found += [os.path.join(folder, name) for name in files if name == 'canary.txt']
print(found)
"""

AGENT = """
import sys
from pathlib import Path
from hepcoder.sandbox.choose import choose_sandbox
from hepcoder.sandbox.records import Job
folder = Path(sys.argv[1])
execution = choose_sandbox('bwrap').run(Job(script=sys.argv[2], folder=folder))
print(execution.stdout + execution.stderr + execution.detail, end='')
"""


def make_environment(place: Path) -> Path:
    """A virtual environment with the packages of this one but without its hepcoder; returns its site-packages."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = place / "lib" / version / "site-packages"
    packages.mkdir(parents=True)
    (place / "bin").mkdir()
    (place / "bin" / "python").symlink_to(sys.executable)
    base = Path(sys.base_prefix, "bin")
    (place / "pyvenv.cfg").write_text(f"home = {base}\ninclude-system-site-packages = false\n")
    (packages / "others.pth").write_text(f"{Path(pydantic.__file__).parent.parent}\n")
    return packages


def copy_rooms(target: Path) -> None:
    for room in ROOMS:
        shutil.copytree(CHECKOUT / room, target / room, ignore=shutil.ignore_patterns("__pycache__"))
    for room in HIDDEN:
        (target / room / "canary.txt").write_text("sings")


def as_wheel(tmp_path: Path) -> Path:
    place = tmp_path / "environment"
    copy_rooms(make_environment(place) / "hepcoder")
    return place


def as_editable_with_the_environment_inside(tmp_path: Path) -> Path:
    checkout = tmp_path / "checkout"
    copy_rooms(checkout)
    for name in ("tests", ".git"):
        (checkout / name).mkdir()
        (checkout / name / "canary.txt").write_text("sings")
    (checkout / "pyproject.toml").touch()
    finder = tmp_path / "finder"
    (finder / "hepcoder").mkdir(parents=True)
    for room in ROOMS:
        (finder / "hepcoder" / room).symlink_to(checkout / room, target_is_directory=True)
    packages = make_environment(checkout / ".venv")
    (packages / "editable.pth").write_text(f"{finder}\n")
    return checkout / ".venv"


def as_checkout_inside_the_environment(tmp_path: Path) -> Path:
    place = tmp_path / "environment"
    packages = make_environment(place)
    checkout = place / "src" / "checkout"
    copy_rooms(checkout)
    (checkout / "tests").mkdir()
    (checkout / "tests" / "canary.txt").write_text("sings")
    (checkout / "pyproject.toml").touch()
    (packages / "hepcoder").mkdir()
    for room in ROOMS:
        (packages / "hepcoder" / room).symlink_to(checkout / room, target_is_directory=True)
    return place


@pytest.mark.parametrize(
    "install", [as_wheel, as_editable_with_the_environment_inside, as_checkout_inside_the_environment]
)
def test_only_the_tools_are_seen(bwrap: Sandbox, tmp_path: Path, install: object) -> None:
    assert callable(install)
    environment = install(tmp_path)
    folder = tmp_path / "run"
    folder.mkdir()
    script = SCRIPT.format(hidden=HIDDEN)
    command = [environment / "bin" / "python", "-c", AGENT, folder, script]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.stdout == "[]\n[]\n", done.stderr
