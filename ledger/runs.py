"""Run folders: where the files of a run lie, how a run is named and found again."""

import difflib
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hepcoder.ledger.artifacts import ArtifactStore
from hepcoder.ledger.errors import RunError
from hepcoder.ledger.files import reason
from hepcoder.ledger.log import EVENTS_FILE

LAST = "last"

_RUN_ID = re.compile(r"\d{8}T\d{6}\.\d{3}Z-[a-z0-9-]+-[0-9a-f]{4}")
_TRIAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
_SLUG_LENGTH = 40
_SHOWN = 5


@dataclass(frozen=True)
class RunFolder:
    """One run on disk: ``manifest.json``, ``trials/<trial>/events.jsonl`` and ``artifacts/<sha256>``.

    Attributes:
        path: The run's folder; its name is the run's id.
    """

    path: Path

    @staticmethod
    def create(root: Path, name: str, *, now: datetime | None = None) -> "RunFolder":
        """Make a new, empty run; two processes never get the same one.

        Args:
            root: The folder of all runs; made when it is missing.
            name: Goes into the id, reduced to lower-case letters, digits and dashes.
            now: Time of creation, with a time zone; None takes the clock.

        Returns:
            The run; its id is the UTC time to the millisecond, the name, and four random hexadecimal digits.

        Raises:
            RunError: The folder cannot be made.
        """
        moment = (now or datetime.now(UTC)).astimezone(UTC)
        stamp = f"{moment:%Y%m%dT%H%M%S}.{moment.microsecond // 1000:03d}Z"
        path = root / f"{stamp}-{_slug(name)}-{secrets.token_hex(2)}"
        try:
            root.mkdir(parents=True, exist_ok=True)
            path.mkdir()
            (path / "artifacts").mkdir()
            (path / "trials").mkdir()
        except OSError as error:
            message = f"no run can be made in {root}: {reason(error)}; choose another folder with --runs"
            raise RunError(message) from error
        return RunFolder(path)

    @staticmethod
    def find(root: Path, name: str) -> "RunFolder":
        """Find a run by its id, by the beginning of its id when only one run begins so, or as ``last``.

        Args:
            root: The folder of all runs.
            name: Id, beginning of an id, or ``last`` for the newest run.

        Raises:
            RunError: No run or several runs fit; near ones are listed.
        """
        runs = {run.id: run for run in list_runs(root)}
        if not runs:
            message = f"there are no runs in {root}; start one, or name their folder with --runs"
            raise RunError(message)
        if name in runs:
            return runs[name]
        if name == LAST:
            return next(iter(runs.values()))
        found = [run for run in runs if run.startswith(name)]
        if len(found) == 1:
            return runs[found[0]]
        raise RunError(_not_one(root, name, found, list(runs)))

    @property
    def id(self) -> str:
        """The name of the folder."""
        return self.path.name

    @property
    def manifest_path(self) -> Path:
        """Where the manifest lies once it is written."""
        return self.path / "manifest.json"

    @property
    def artifacts(self) -> ArtifactStore:
        """The files that the events of all trials name by digest."""
        return ArtifactStore(self.path / "artifacts")

    def trial_folder(self, trial: str) -> Path:
        """Where a trial's files lie; the folder is made by `TrialLog`.

        Raises:
            RunError: `trial` cannot be the name of a folder.
        """
        if not _TRIAL.fullmatch(trial):
            message = f"{trial!r} cannot name a trial; use up to 128 letters, digits, '.', '_' and '-'"
            raise RunError(message)
        return self.path / "trials" / trial

    def trials(self) -> tuple[str, ...]:
        """The ids of all trials that have a log, sorted."""
        return tuple(sorted(log.parent.name for log in (self.path / "trials").glob(f"*/{EVENTS_FILE}")))


def list_runs(root: Path) -> tuple[RunFolder, ...]:
    """All runs of a folder, newest first; whatever else lies there is left out.

    Args:
        root: The folder of all runs; a missing one has none.

    Raises:
        RunError: The folder cannot be read.
    """
    try:
        names = [path for path in root.iterdir() if _RUN_ID.fullmatch(path.name) and (path / "trials").is_dir()]
    except FileNotFoundError:
        return ()
    except OSError as error:
        message = f"{root} cannot be read: {reason(error)}; name the folder of the runs with --runs"
        raise RunError(message) from error
    return tuple(RunFolder(path) for path in sorted(names, key=lambda path: path.name, reverse=True))


def _slug(name: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", name.lower())[:_SLUG_LENGTH].strip("-")
    return words or "run"


def _not_one(root: Path, name: str, found: list[str], every: list[str]) -> str:
    if found:
        shown = ", ".join(found[:_SHOWN]) + (", ..." if len(found) > _SHOWN else "")
        return (
            f"{len(found)} runs in {root} begin with {name!r}: {shown}; give more of the id, or 'last' for the newest"
        )
    near = difflib.get_close_matches(name, every, n=_SHOWN, cutoff=0.4)
    near += [run for run in every if name and name in run and run not in near]
    shown = ", ".join((near or every)[:_SHOWN])
    return f"no run in {root} is called {name!r}; {'near ones' if near else 'the newest'}: {shown}"
