"""The nodes of the baselines: ask, run, show the traceback, ask again, until a script ends well or tries end."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from hepcoder.agents.baselines.asking import again, opening
from hepcoder.agents.debugger import traceback_of
from hepcoder.agents.executor import execute
from hepcoder.agents.models.records import Message
from hepcoder.agents.nodes import Role
from hepcoder.agents.options import BASELINE_TRIES
from hepcoder.agents.parsing import FormatError, extract_code
from hepcoder.agents.workbench import Workbench
from hepcoder.graphs.state import SolveState, open_failure
from hepcoder.ledger.events import Evidence, Judged, ScriptWritten
from hepcoder.ledger.failures import Failure


def look_at_nothing(bench: Workbench, state: SolveState) -> SolveState:  # noqa: ARG001
    """Neither inspect the inputs nor check the script: nothing but a run says what is wrong."""
    return SolveState()


def supervise(bench: Workbench, state: SolveState) -> SolveState:
    """Begin, end, or ask once more after a reply without code."""
    failure = open_failure(state)
    if failure is None:
        return SolveState(draft=1) if state["draft"] == 0 else SolveState(status="unverified")
    if failure.label == "coder.no_code" and _tries(state) < BASELINE_TRIES[bench.options.agent]:
        return SolveState(draft=state["draft"] + 1, stuck=False, failure=None)
    return SolveState(status="failed")


def code(bench: Workbench, state: SolveState) -> SolveState:
    """Ask for a script.

    Raises:
        ProviderError: The model did not answer.
        BudgetExceededError: The call does not fit the budget.
    """
    reply = bench.ask(_opening(bench))
    try:
        source = extract_code(reply.text, truncated=reply.truncated)
    except FormatError as error:
        return bench.failed(error.failure)
    return _written(bench, source, draft=state["draft"], repair=state["repair"], origin="coder")


def debug(bench: Workbench, state: SolveState) -> SolveState:
    """Show the traceback and ask for another script, while there are tries.

    Raises:
        ProviderError: The model did not answer.
        BudgetExceededError: The call does not fit the budget.
    """
    failure = open_failure(state)
    if failure is None or _tries(state) >= BASELINE_TRIES[bench.options.agent]:
        return SolveState(stuck=True)
    script = bench.artifacts.get_text(state["script"])
    reply = bench.ask(again(_opening(bench), script, failure, traceback_of(bench, state, failure)))
    repair = state["repair"] + 1
    try:
        source = extract_code(reply.text, truncated=reply.truncated)
    except FormatError as error:
        failed = bench.failed(error.failure, script=state["script"])
        return SolveState({**failed, "repair": repair, "stuck": True})
    return _written(bench, source, draft=state["draft"], repair=repair, origin="debugger")


def verify(bench: Workbench, state: SolveState) -> SolveState:
    """Look whether the files are there, and at nothing in them."""
    missing = [output.file for output in bench.task.outputs if output.file not in state["artifacts"]]
    failure = None
    if missing:
        message = f"the script ended without an error but did not write {', '.join(missing)}"
        failure = Failure(stage="output", name="missing", message=message)
    evidence = Evidence(name="files", outcome="fail" if missing else "pass", detail=failure.message if failure else "")
    bench.note(Judged(script_sha256=state["script"], evidence=(evidence,), failure=failure))
    return SolveState() if failure is None else bench.failed(failure, script=state["script"])


def _tries(state: SolveState) -> int:
    return state["draft"] + state["repair"]


def _opening(bench: Workbench) -> tuple[Message, ...]:
    return opening(bench.task.prompt, [item.name for item in bench.inputs], bench.task.outputs)


def _written(
    bench: Workbench, source: str, *, draft: int, repair: int, origin: Literal["coder", "debugger"]
) -> SolveState:
    sha = bench.artifacts.put_text(source)
    bench.note(ScriptWritten(script_sha256=sha, draft=draft, repair=repair, origin=origin))
    return SolveState(script=sha, repair=repair, failure=None)


BASELINE_ROLES: Mapping[str, Role] = MappingProxyType(
    {
        "inspect": look_at_nothing,
        "supervise": supervise,
        "code": code,
        "check": look_at_nothing,
        "execute": execute,
        "verify": verify,
        "debug": debug,
    }
)
