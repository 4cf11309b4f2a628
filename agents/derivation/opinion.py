"""A second opinion on a typed selection: the script that the coder writes for the same request, without seeing it."""

from hepcoder.agents.checker import known_of
from hepcoder.agents.coder import ask_coder
from hepcoder.agents.derivation.making import EMPTY
from hepcoder.agents.derivation.records import Derivation
from hepcoder.agents.diagnosis import diagnose
from hepcoder.agents.executor import executed, run_script
from hepcoder.agents.models.base import ProviderError
from hepcoder.agents.parsing import FormatError
from hepcoder.agents.workbench import Workbench
from hepcoder.graphs.budget import BudgetExceededError
from hepcoder.graphs.state import SolveState
from hepcoder.ledger.events import Evidence
from hepcoder.ledger.failures import Failure
from hepcoder.tools.outputs import examine_outputs
from hepcoder.tools.outputs_comparing import OutputComparison, compare_outputs
from hepcoder.tools.pyfix import repair_script

NAME = "second_derivation"
FOLDER = "opinion"
_MOST_TOLD = 4
_MOST_REPAIRS = 3


def second_opinion(bench: Workbench, state: SolveState, found: Derivation) -> Evidence:
    """Compare the results of the typed selection, which is the draft, with those of a script of the coder's own.

    That script is repaired by rules alone: what a repair by the model is worth, it can show as a draft. Disagreement
    says that one of the two is wrong, not which.

    Raises:
        ProviderError: The trial was stopped by the user while the model answered.
        SandboxError: No sandbox can start.
    """
    try:
        source = ask_coder(bench, state, draft=1)
        problem = _run(bench, state, source)
    except (BudgetExceededError, FormatError) as error:
        problem = str(error)
    except ProviderError as error:
        if error.failure.label == "harness.interrupted":
            raise
        problem = str(error)
    if problem:
        return Evidence(
            name=NAME, outcome="not_applicable", detail=f"no script of the coder to compare with: {problem}"
        )
    here, there = bench.work_folder(state["step"]) / "run", bench.work_folder(bench.step) / FOLDER
    comparison = compare_outputs(bench.task.outputs, here, there)
    if not comparison.compared:
        nothing = "the outputs are figures alone, which cannot be compared by value"
        return Evidence(name=NAME, outcome="not_applicable", detail=nothing)
    if not comparison.agrees:
        told = f"a script that the coder wrote gives other results: {differences_text(comparison)}"
        return Evidence(name=NAME, outcome="fail", independent=True, detail=told)
    same = f"a script that the coder wrote gives the same {len(comparison.compared)} results"
    if found.unused:
        same += f", though the selection does not use {', '.join(found.unused)} of the request"
    if found.completed:
        same += ", though rules that also serve the coder put cuts into the selection"
    return Evidence(name=NAME, outcome="pass", independent=not (found.unused or found.completed), detail=same)


def _run(bench: Workbench, state: SolveState, source: str) -> str:
    """Run a script, mended by rules where they help; why it gives no results, or an empty text."""
    known, helps = known_of(bench, state), bench.options.techniques
    failure: Failure | None = None
    traceback = ""
    for _ in range(_MOST_REPAIRS):
        mended = repair_script(source, known, failure, traceback).source if helps.rules else source
        if failure is not None and mended == source:
            break
        source = mended
        execution = run_script(bench, source, inputs=bench.inputs, folder_name=FOLDER)
        sha = bench.artifacts.put_text(execution.model_dump_json())
        script_sha = bench.artifacts.put_text(source)
        bench.note(executed(execution, script_sha=script_sha, sha=sha, purpose="second_derivation"))
        traceback = execution.traceback.text if execution.traceback is not None else ""
        failure = diagnose(execution, source, [item.name for item in bench.inputs]) or _incomplete(bench)
        if failure is None:
            return ""
    return failure.message if failure is not None else ""


def _incomplete(bench: Workbench) -> Failure | None:
    failures = examine_outputs(bench.work_folder(bench.step) / FOLDER, bench.task.outputs)
    return next((one for one in failures if one.label != EMPTY), None)  # an empty selection may be right


def differences_text(comparison: OutputComparison) -> str:
    """The first differences in a line, the script's value first."""
    told = [f"{one.file} {one.name}: {one.text}" for one in comparison.differences[:_MOST_TOLD]]
    more = len(comparison.differences) - len(told)
    return "; ".join([*told, f"and {more} more"] if more > 0 else told)
