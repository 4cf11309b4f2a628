"""The rooms and what each may know."""

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("ledger", "sandbox", "tools", "graphs", "agents", "benchmarks", "ui")
CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text())

# DESIGN: each outside package has one owner.
OWNERS = {
    "langgraph": ("graphs",),
    "langchain": ("agents/models",),
    "langchain_openai": ("agents/models",),
    "langchain_anthropic": ("agents/models",),
    "langchain_google_genai": ("agents/models",),
    "openai": ("agents/models",),
    "anthropic": ("agents/models",),
    "google": ("agents/models",),
    "xllamacpp": ("agents/models",),
    "duckdb": ("ledger",),
    "subprocess": ("sandbox", "agents/models", "benchmarks"),
    "uproot": ("tools", "benchmarks"),
    "awkward": ("tools", "benchmarks"),
    "hist": ("tools",),
    "matplotlib": ("tools", "benchmarks", "sandbox/inside"),  # the last draws a figure ahead of any script
    "click": ("ui",),
    "rich": ("ui",),
}


def python_files() -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def imported_packages(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("path", python_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_outside_packages_have_one_owner(path: Path) -> None:
    place = path.relative_to(ROOT).as_posix()
    for package in imported_packages(path) & OWNERS.keys():
        owners = OWNERS[package]
        assert place.startswith(owners), f"{place} imports {package}, which belongs to {' and '.join(owners)}"


def test_every_folder_with_code_is_a_configured_package() -> None:
    tasks = "benchmarks/suites/*/*/*.py"  # data of the benchmark, run by path
    code = (path for path in python_files() if not path.relative_to(ROOT).match(tasks))
    folders = {path.parent.relative_to(ROOT).as_posix().replace("/", ".") for path in code}
    configured = set(CONFIG["tool"]["setuptools"]["packages"])
    assert {f"hepcoder.{folder}" for folder in folders} == configured


def test_the_root_holds_what_the_design_names() -> None:
    for name in ("pyproject.toml", "README.md", "LICENSE", "CITATION.cff", "CHANGELOG.md", "tests", *ROOMS):
        assert (ROOT / name).exists(), name


def test_no_file_is_too_long() -> None:
    long = {
        str(path.relative_to(ROOT)): n for path in python_files() if (n := len(path.read_text().splitlines())) > 320
    }
    assert not long
