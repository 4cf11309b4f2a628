"""Finding suites and reading their tasks."""

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from hepcoder.benchmarks.suites.checks import check_task
from hepcoder.benchmarks.suites.errors import DuplicateTaskError, SuiteError, SuiteNotFoundError
from hepcoder.benchmarks.suites.task import BenchTask

SUITES = Path(__file__).parent
_OURS = ("folder", "drawn_as", "digest")
_SHARED = "constants.yaml"


def suite_names(root: Path = SUITES) -> tuple[str, ...]:
    """Names of the suites below a folder, in order: the folders that hold a task.

    Args:
        root: Folder of suites; the shipped ones by default.
    """
    return tuple(sorted({path.parent.parent.name for path in root.glob("*/*/task.yaml")}))


def load_suite(name: str, root: Path = SUITES) -> tuple[BenchTask, ...]:
    """Read all tasks of a suite, in order of their ids.

    Args:
        name: Name of the suite.
        root: Folder of suites; the shipped ones by default.

    Raises:
        SuiteNotFoundError: There is no such suite; lists those there are.
        DuplicateTaskError: Two of its tasks have one id.
        SuiteError: A task is not usable; see `load_task`.
    """
    if name not in suite_names(root):
        message = f"there is no suite {name!r}; there are {', '.join(suite_names(root)) or 'none'}"
        raise SuiteNotFoundError(message)
    folders = sorted(path.parent for path in (root / name).glob("*/task.yaml"))
    _check_unique(folders)
    return tuple(sorted((load_task(folder) for folder in folders), key=lambda task: task.id))


def load_task(folder: Path) -> BenchTask:
    """Read one task and check that it is whole.

    Args:
        folder: The task's folder, below its suite's folder.

    Raises:
        SuiteNotFoundError: There is no task.yaml.
        MissingReferenceError: The reference or the maker is missing.
        ToleranceReasonError: A tolerance has no reason.
        UnknownOutputError: Contract and rules do not name the same outputs.
        EditError: A mutant or an equivalent does not fit the reference.
        SuiteError: A field is missing, unknown or has a wrong value.
    """
    data = _read(folder / "task.yaml")
    given = [name for name in _OURS if name in data]
    if given:
        message = f"{folder / 'task.yaml'} sets {', '.join(given)}; these are computed, remove them"
        raise SuiteError(message)
    ours = {"folder": folder, "digest": task_digest(folder)}
    if (folder.parent / _SHARED).is_file():
        ours |= {"constants": _with_shared(folder, data.get("constants")), "drawn_as": folder.parent.name}
    try:
        task = BenchTask.model_validate({**data, **ours})
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        message = f"{folder / 'task.yaml'} is not a task: {problems}"
        raise SuiteError(message) from error
    check_task(task)
    return task


def task_digest(folder: Path) -> str:
    """The sha256 over a task's files, those that its suite shares, and what all suites make their data with.

    Compiled and hidden files do not count. Where tasks have constants in common, the references of all of them count,
    as one may make the data of another. So does what another suite shares whose maker the task uses. Equal digests
    mean the same task.
    """
    makers = (*(SUITES / "events").glob("*.py"), SUITES / "root_files.py")
    suite = folder.parent
    common = [suite / _SHARED, *suite.glob("*/reference.py")] if (suite / _SHARED).is_file() else []
    groups = {".": (folder, _files(folder)), "..": (suite, [*suite.glob("*.py"), *common]), "all": (SUITES, makers)}
    groups |= _borrowed(folder)
    digest = sha256()
    for group, (base, paths) in groups.items():
        for path in sorted(paths):
            content = path.read_bytes()
            digest.update(f"{group}/{path.relative_to(base).as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


def _borrowed(folder: Path) -> dict[str, tuple[Path, list[Path]]]:
    """The maker of a task and what goes with it, where it lies in another suite."""
    maker, root = (folder / str(_read(folder / "task.yaml").get("maker"))).resolve(), folder.parent.parent.resolve()
    if not (maker.is_file() and maker.is_relative_to(root)) or maker.is_relative_to(folder.parent.resolve()):
        return {}
    lender = root / maker.relative_to(root).parts[0]
    return {"lender": (lender, list({maker, *lender.glob("*.py")}))}


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
        if path.is_file() and not hidden and path.suffix != ".pyc":
            yield path


def _with_shared(folder: Path, own: Any) -> Any:
    """The constants of the suite and those of the task; what is no mapping is left for the task's check."""
    shared = _read(folder.parent / _SHARED)
    if own is None:
        return shared
    if not isinstance(own, dict):
        return own
    twice = sorted(set(shared) & set(own))
    if twice:
        message = f"{folder / 'task.yaml'} sets {', '.join(twice)}, which {folder.parent / _SHARED} sets; keep one"
        raise SuiteError(message)
    return {**shared, **own}


def _read(path: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        message = f"there is no task in {path.parent}: {path.name} is missing"
        raise SuiteNotFoundError(message) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        message = f"{path} cannot be read: {error}"
        raise SuiteError(message) from error
    if not isinstance(data, dict):
        message = f"{path} must be a mapping of fields, not {type(data).__name__}"
        raise SuiteError(message)
    return data


def _check_unique(folders: list[Path]) -> None:
    """Refuse ids that occur twice, before anything else is looked at."""
    ids = {folder: str(_read(folder / "task.yaml").get("id")) for folder in folders}
    for name, times in Counter(ids.values()).items():
        if times > 1:
            where = ", ".join(folder.name for folder, each in ids.items() if each == name)
            message = f"the id {name!r} is used by {where} of suite {folders[0].parent.name!r}; name one otherwise"
            raise DuplicateTaskError(message)
