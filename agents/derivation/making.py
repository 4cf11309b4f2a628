"""Makes the second derivation of a trial, once, and keeps it: asked for, compiled, run."""

from hepcoder.agents.derivation.asking import derive
from hepcoder.agents.derivation.records import Derivation
from hepcoder.agents.executor import executed, run_script
from hepcoder.agents.models.base import ProviderError
from hepcoder.agents.workbench import Workbench
from hepcoder.graphs.budget import BudgetExceededError
from hepcoder.graphs.state import SolveState
from hepcoder.ledger.events import SelectionMade

FOLDER = "selection"


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
    bench.note(SelectionMade(derivation_sha256=sha, problem=found.problem, unused=found.unused))
    return found, SolveState(derivation=sha)


def _run(bench: Workbench, found: Derivation) -> Derivation:
    """Run the compiled script where any script runs; what it leaves is compared later."""
    execution = run_script(bench, found.script, inputs=bench.inputs, folder_name=FOLDER)
    sha = bench.artifacts.put_text(execution.model_dump_json())
    script_sha = bench.artifacts.put_text(found.script)
    bench.note(executed(execution, script_sha=script_sha, sha=sha, purpose="second_derivation"))
    if execution.ok:
        folder = bench.work_folder(bench.step) / FOLDER
        return found.model_copy(update={"folder": str(folder.relative_to(bench.folder))})
    told = execution.traceback.message if execution.traceback is not None else execution.detail
    return found.model_copy(update={"problem": f"its script did not come to an end: {told}"})
