"""One step of a workflow: the run that was cut is gone on with, the outputs are put where the workflow wants them."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from hepcoder.agents import Supervisor
from hepcoder.agents.manifests import refuse_changed
from hepcoder.agents.setup import name_inputs
from hepcoder.agents.solution import Solution
from hepcoder.agents.solving import load_solution
from hepcoder.graphs.task import Task
from hepcoder.ledger.errors import InputError, RunError, StorageError
from hepcoder.ledger.files import reason, write_atomically
from hepcoder.ledger.manifest import read_manifest
from hepcoder.ledger.runs import RunFolder, list_runs
from hepcoder.ui.conduct import conduct
from hepcoder.ui.exits import Exit
from hepcoder.ui.history import read_story

DELIVERED = "delivered"
_SAME = {"prompt", "outputs"}


def do_step(
    supervisor: Supervisor,
    task: Task,
    inputs: Sequence[Path],
    folder: Path,
    *,
    runs: Path,
    as_json: bool,
    quiet: bool,
) -> Exit:
    """Solve a step and deliver its outputs, and with them ``solution.json``: status, run, calls, tokens and dollars.

    Args:
        supervisor: Who solves it.
        task: The request.
        inputs: Its files.
        folder: Where the outputs go, made when missing.
        runs: Folder of the runs of this step alone.
        as_json: Print the solution as JSON.
        quiet: Show no progress.

    Raises:
        HepcoderError: It cannot start or go on.
        StorageError: The outputs cannot be written.
    """
    begun = _begun(runs, task, inputs)
    if begun is None:
        code = conduct(lambda: supervisor.stream(task, inputs=inputs), runs=runs, as_json=as_json, quiet=quiet)
    else:
        earlier = read_story(begun).view if begun.trials() else None
        code = conduct(
            lambda: supervisor.resume(begun.id),
            runs=runs,
            as_json=as_json,
            quiet=quiet,
            run=begun.id,
            earlier=earlier,
        )
    if code is Exit.SOLVED:
        run = begun or list_runs(runs)[0]
        _deliver(load_solution(run), task, folder)
        write_atomically(run.path / DELIVERED, [b""])
    return code


def _begun(runs: Path, task: Task, inputs: Sequence[Path]) -> RunFolder | None:
    """The last run, if it asks the same of the same files, and was cut before it ended or before its end was told."""
    found = list_runs(runs)
    if not found or not found[0].manifest_path.is_file() or (found[0].path / DELIVERED).exists():
        return None
    manifest = read_manifest(found[0].manifest_path)
    now = task.model_dump(mode="json", include=_SAME)
    try:
        named = name_inputs([*task.inputs, *inputs])
        if len(named) != len(manifest.inputs) or now != {name: manifest.task.get(name) for name in _SAME}:
            return None
        refuse_changed(named, manifest.inputs)
        solution = load_solution(found[0])
    except InputError:
        return None
    except RunError:
        return found[0]  # killed before its first event
    cut = solution.failure is not None and solution.failure.label == "harness.interrupted"
    return found[0] if cut or solution.status != "failed" else None


def _deliver(solution: Solution, task: Task, folder: Path) -> None:
    try:
        for output in task.outputs:
            target = folder / output.file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(solution.outputs[output.file], target)
    except (OSError, KeyError) as error:
        why = reason(error) if isinstance(error, OSError) else f"{error} was not written"
        message = f"the outputs of {task.id} cannot be put into {folder}: {why}"
        raise StorageError(message) from error
    told = solution.model_dump(mode="json", include={"run", "status", "model", "totals", "seconds", "evidence"})
    write_atomically(folder / "solution.json", [json.dumps(told, indent=2).encode(), b"\n"])
