"""What this installation and machine are, as far as a result may depend on them."""

import os
import platform
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

from hepcoder.ledger.record import Record

PACKAGES = (
    "anthropic", "awkward", "duckdb", "genai-prices", "hist", "jinja2", "langchain", "langchain-anthropic",
    "langchain-core", "langchain-google-genai", "langchain-openai", "langgraph", "langgraph-checkpoint-sqlite",
    "matplotlib", "mplhep", "numpy", "openai", "pyarrow", "pydantic", "uproot", "vector", "xllamacpp",
)  # fmt: skip


class Platform(Record):
    """The machine, as far as it may change a result or a time; no name of it or of its user.

    Attributes:
        system: Such as ``Linux``.
        release: Of the kernel.
        machine: Such as ``x86_64``.
        libc: Name and version of the C library; empty when unknown.
        cpus: CPUs this process may use.
        memory_bytes: Memory of the machine, or None when unknown.
    """

    system: str
    release: str
    machine: str
    libc: str
    cpus: int
    memory_bytes: int | None


def describe_platform() -> Platform:
    """The machine at hand."""
    return Platform(
        system=platform.system(),
        release=platform.release(),
        machine=platform.machine(),
        libc=" ".join(platform.libc_ver()).strip(),
        cpus=len(os.sched_getaffinity(0)),
        memory_bytes=_memory_bytes(),
    )


def describe_packages(names: Iterable[str] = PACKAGES) -> dict[str, str]:
    """Versions of those of the packages that are installed; nothing is imported."""
    found = {}
    for name in names:
        version = _version(name)
        if version is not None:
            found[name] = version
    return found


def hepcoder_version() -> str:
    """The installed version; ``unknown`` when hepcoder runs without having been installed."""
    return _version("hepcoder") or "unknown"


def source_commit(checkout: Path | None = None) -> str | None:
    """The commit of a git checkout, read from its files.

    Args:
        checkout: Its top folder; None takes the one this file lies in.

    Returns:
        40 hexadecimal digits, or None when this is no checkout.
    """
    top = checkout or Path(__file__).resolve().parents[1]
    git = top / ".git"
    try:
        if git.is_file():  # a worktree names its folder here
            git = top / git.read_text().removeprefix("gitdir:").strip()
        head = (git / "HEAD").read_text().strip()
        if not head.startswith("ref: "):
            return head
        return _resolve(git, head.removeprefix("ref: "))
    except OSError:
        return None


def _resolve(git: Path, ref: str) -> str | None:
    shared = git / "commondir"
    folders = (git, git / shared.read_text().strip()) if shared.is_file() else (git,)
    for folder in folders:
        if (folder / ref).is_file():
            return (folder / ref).read_text().strip()
        packed = folder / "packed-refs"
        lines = packed.read_text().splitlines() if packed.is_file() else []
        for line in lines:
            if line.endswith(f" {ref}"):
                return line.split()[0]
    return None


@cache
def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return None
