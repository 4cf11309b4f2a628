"""Makes the second derivation of a trial, once, and keeps it: asked for, compiled, run."""

import json
from itertools import pairwise

from hepcoder.agents.derivation.asking import derive
from hepcoder.agents.derivation.records import Derivation, Run
from hepcoder.agents.executor import executed, run_script
from hepcoder.agents.models.base import ProviderError
from hepcoder.agents.workbench import Workbench
from hepcoder.graphs.budget import BudgetExceededError
from hepcoder.graphs.state import SolveState
from hepcoder.ledger.events import ScriptWritten, SelectionMade
from hepcoder.ledger.failures import Failure
from hepcoder.tools.outputs import examine_outputs
from hepcoder.tools.safe_files import read_output

FOLDER = "selection"
EMPTY = "physics.empty_selection"
_CUTFLOW = "selection_cutflow.json"


def derivation_of_trial(bench: Workbench, state: SolveState) -> tuple[Derivation, SolveState]:
    """The trial's second derivation and the change of state that keeps it.

    A derivation is a help, not the task: where the budget or the vendor does not give it, there is none, and the reason
    is on record.

    Raises:
        ProviderError: The trial was stopped by the user while the model answered.
        SandboxError: No sandbox can start.
    """
    if "derivation" in state:
        return Derivation.model_validate_json(bench.artifacts.get_text(state["derivation"])), SolveState()
    try:
        found = derive(bench, state)
        if found.selection is not None:
            found = _run(bench, found)
    except BudgetExceededError as error:
        found = Derivation(problem=str(error))
    except ProviderError as error:
        if error.failure.label == "harness.interrupted":
            raise
        found = Derivation(problem=str(error))
    sha = bench.artifacts.put_text(found.model_dump_json())
    bench.note(SelectionMade(derivation_sha256=sha, problem=found.problem, unused=found.unused, notes=found.notes))
    return found, SolveState(derivation=sha)


def is_complete(bench: Workbench, found: Derivation) -> bool:
    """Whether a derivation was run and left every output; an empty selection may be right, and is judged later."""
    if not found.folder:
        return False
    return all(one.label == EMPTY for one in examine_outputs(bench.folder / found.folder, bench.task.outputs))


def is_selection(bench: Workbench, state: SolveState) -> bool:
    """Whether the draft at hand came from the typed selection, whatever rules or the debugger made of it since."""
    written = [event.body for event in bench.log.events if isinstance(event.body, ScriptWritten)]
    return any(one.draft == state["draft"] and one.origin == "selection" for one in written)


def kept(state: SolveState) -> SolveState:
    """The part of a state, or of a change of it, that keeps the derivation."""
    return SolveState(derivation=state["derivation"]) if "derivation" in state else SolveState()


def _run(bench: Workbench, found: Derivation) -> Derivation:
    """Run the compiled script where any script runs; what it leaves is compared later."""
    saving = f'save_json("{_CUTFLOW}", cutflow.counts)\n' if "\ncutflow = " in found.script else ""
    imports = "from hepcoder.tools import save_json\n" if saving else ""
    script = f"{found.script}\n{imports}{saving}"
    execution = run_script(bench, script, inputs=bench.inputs, folder_name=FOLDER)
    sha = bench.artifacts.put_text(execution.model_dump_json())
    script_sha = bench.artifacts.put_text(script)
    bench.note(executed(execution, script_sha=script_sha, sha=sha, purpose="second_derivation"))
    if execution.ok:
        folder = bench.work_folder(bench.step) / FOLDER
        emptied = _emptied(read_output(folder, _CUTFLOW))
        where = str(folder.relative_to(bench.folder))
        left = {item.name: item.sha256 for item in execution.artifacts if item.name != _CUTFLOW}
        ran = Run(script=script_sha, execution=sha, artifacts=left)
        return found.model_copy(update={"folder": where, "ran": ran, "notes": (*found.notes, *emptied)})
    told = execution.traceback.message if execution.traceback is not None else execution.detail
    return found.model_copy(update={"problem": f"its script did not come to an end: {told}"})


def _emptied(content: bytes | Failure) -> tuple[str, ...]:
    """Which cut leaves no event, if one does."""
    if isinstance(content, Failure):
        return ()
    counts: dict[str, float] = json.loads(content)
    rows = list(counts.items())
    for (_, before), (name, after) in pairwise(rows):
        if before and not after:
            return (f"no event is left after the cut {name!r}, of {before:g} before it",)
    return ()
