"""Compares what the script left with the second derivation: evidence, and the failure where they differ."""

from hepcoder.agents.derivation.making import EMPTY, derivation_of_trial, is_selection
from hepcoder.agents.derivation.opinion import NAME, differences_text, second_opinion
from hepcoder.agents.derivation.records import Derivation
from hepcoder.agents.workbench import Workbench
from hepcoder.graphs.state import SolveState
from hepcoder.ledger.events import Evidence
from hepcoder.ledger.failures import Failure
from hepcoder.tools.outputs import examine_outputs
from hepcoder.tools.outputs_comparing import OutputComparison, compare_outputs


def cross_check(bench: Workbench, state: SolveState) -> tuple[Evidence, Failure | None, SolveState]:
    """Compare the last run's outputs with those of the typed selection, or of a second opinion where it is that itself.

    Agreement is independent evidence unless this draft, or the repair of it, was shown what the selection gives. Where
    they differ and the selection uses all that the request says, a script that is brought to agree would say nothing
    more: a fresh draft is asked for, which may agree by itself.

    Returns:
        The evidence, the failure where they differ, and the change of state.

    Raises:
        ProviderError: The trial was stopped by the user while the model answered.
        SandboxError: No sandbox can start.
    """
    found, changes = derivation_of_trial(bench, state)
    if is_selection(bench, state):
        return second_opinion(bench, state, found), None, changes
    problem = _not_applicable(bench, found)
    if problem:
        return Evidence(name=NAME, outcome="not_applicable", detail=problem), None, changes
    here, there = bench.work_folder(state["step"]) / "run", bench.folder / found.folder
    comparison = compare_outputs(bench.task.outputs, here, there)
    if not comparison.compared:
        nothing = "the outputs are figures alone, which cannot be compared by value"
        return Evidence(name=NAME, outcome="not_applicable", detail=nothing), None, changes
    shown = state.get("shown_draft", 0) == state["draft"]
    if comparison.agrees:
        return _agreement(comparison, found, shown=shown), None, changes
    told = differences_text(comparison)
    evidence = Evidence(name=NAME, outcome="fail", independent=True, detail=told)
    message = f"an independent computation of the same request gives other results: {told}"
    failure = Failure(stage="physics", name="disagreement", message=message)
    if "doubted" in state:  # showing it once more would only teach the script what to print
        return evidence, failure, SolveState({**changes, "stuck": True})
    # Its typed selection was held against the request, word by word; the script was not.
    chosen = found.ran.model_dump() if found.is_whole and found.ran is not None else None
    doubted = chosen or {}
    shown_to = SolveState() if chosen else SolveState(shown_draft=state["draft"])
    return evidence, failure, SolveState({**changes, **shown_to, "doubted": doubted, "stuck": chosen is not None})


def _not_applicable(bench: Workbench, found: Derivation) -> str:
    """Why the comparison would say nothing; empty where it can be made."""
    if found.selection is None or not found.folder:
        return f"no typed selection to compare with: {found.problem}"
    failures = [one for one in examine_outputs(bench.folder / found.folder, bench.task.outputs) if one.label != EMPTY]
    return f"the typed selection's outputs are not complete: {failures[0].message}" if failures else ""


def _agreement(comparison: OutputComparison, found: Derivation, *, shown: bool) -> Evidence:
    same = f"a typed selection of the request gives the same {len(comparison.compared)} results"
    if found.unused:
        same += f", though it does not use {', '.join(found.unused)} of the request"
    if found.completed:
        same += ", though rules that also serve the coder put cuts into it"
    if shown:
        same += ", but the script was changed after it was shown them"
    return Evidence(name=NAME, outcome="pass", independent=not (shown or found.unused or found.completed), detail=same)
