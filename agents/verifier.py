"""The verifier: exit code 0 is not success. Looks at what came out, by rules, and says what evidence it had."""

from hepcoder.agents.derivation.judging import cross_check
from hepcoder.agents.derivation.making import EMPTY, kept
from hepcoder.agents.executor import executed, run_script
from hepcoder.agents.learning_check import check_classifiers
from hepcoder.agents.workbench import Workbench
from hepcoder.graphs.state import SolveState
from hepcoder.ledger.events import Evidence, Judged
from hepcoder.ledger.failures import Failure
from hepcoder.sandbox.records import Execution
from hepcoder.tools.outputs import examine_outputs


def verify(bench: Workbench, state: SolveState) -> SolveState:
    """Check the outputs of the last run: contract, classifiers, that they depend on the input, a second derivation.

    A selection that no event passes is taken for a mistake, unless a second derivation finds none either.

    Raises:
        ProviderError: The trial was stopped while the model answered.
        SandboxError: No sandbox can start.
        BudgetExceededError: No time is left.
    """
    evidence, failures = _contract(bench, state)
    failure = failures[0] if failures else None
    empty = failure if all(one.label == EMPTY for one in failures) else None
    if failure is None:
        audited, failure = check_classifiers(bench, state)
        evidence = (*evidence, *audited)
    if failure is None and bench.inputs:
        second, failure = _input_dependence(bench, state)
        evidence = (*evidence, second)
    changes = SolveState()
    if failure is empty and bench.options.techniques.cross_check:
        third, failure, changes = cross_check(bench, state)
        evidence = (*evidence, third)
        if empty is not None and third.outcome != "pass":
            failure, changes = empty, kept(changes)
    bench.note(Judged(script_sha256=state["script"], evidence=evidence, failure=failure))
    if failure is not None:
        return SolveState({**changes, **bench.failed(failure, script=state["script"])})
    verified = any(item.independent and item.outcome == "pass" for item in evidence)
    return SolveState({**changes, "verified": verified})


def _contract(bench: Workbench, state: SolveState) -> tuple[tuple[Evidence, ...], tuple[Failure, ...]]:
    folder = bench.work_folder(state["step"]) / "run"
    failures = examine_outputs(folder, bench.task.outputs)
    if failures:
        detail = "; ".join(f"{item.label}: {item.message}" for item in failures)
        return (Evidence(name="contract", outcome="fail", detail=detail),), failures
    files = ", ".join(output.file for output in bench.task.outputs)
    return (Evidence(name="contract", outcome="pass", detail=f"{files} present, readable, finite, not constant"),), ()


def _input_dependence(bench: Workbench, state: SolveState) -> tuple[Evidence, Failure | None]:
    """Run the script once more without its inputs: a script that still writes its outputs made them up."""
    script = bench.artifacts.get_text(state["script"])
    blind = run_script(bench, script, inputs=(), folder_name="without_inputs")
    sha = bench.artifacts.put_text(blind.model_dump_json())
    bench.note(executed(blind, script_sha=state["script"], sha=sha, purpose="input_dependence"))
    made_up = _outputs_without_inputs(bench, blind)
    if not made_up:
        detail = "without the input files the script writes no complete set of outputs"
        return Evidence(name="input_dependence", outcome="pass", detail=detail), None
    message = (
        f"the script writes {made_up} even when its input files are missing; results must be computed from the input"
    )
    failure = Failure(stage="output", name="dummy_data", message=message)
    return Evidence(name="input_dependence", outcome="fail", detail=message), failure


def _outputs_without_inputs(bench: Workbench, blind: Execution) -> str:
    if not blind.ok:
        return ""
    written = {item.name for item in blind.artifacts}
    required = [output.file for output in bench.task.outputs]
    return ", ".join(required) if required and written.issuperset(required) else ""
