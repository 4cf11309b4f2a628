"""The debugger (PyFixer): rules first, then one question to the model."""

from typing import Literal

from hepcoder.agents.checker import known_of
from hepcoder.agents.derivation.making import is_selection
from hepcoder.agents.parsing import FormatError, extract_code
from hepcoder.agents.prompting import debugger_messages
from hepcoder.agents.workbench import Workbench
from hepcoder.graphs.state import SolveState, open_failure
from hepcoder.ledger.events import ScriptWritten
from hepcoder.ledger.failures import Failure
from hepcoder.sandbox.records import Execution
from hepcoder.tools.pyfix import hints, repair_script


def debug(bench: Workbench, state: SolveState) -> SolveState:
    """Turn the failed script into another one, or say that it is stuck.

    Raises:
        ProviderError: The model did not answer.
        BudgetExceededError: The call does not fit the budget.
        ValueError: There is no open failure, which routing rules out.
    """
    failure = open_failure(state)
    if failure is None:
        message = "the debugger was called without a failure"
        raise ValueError(message)
    source = bench.artifacts.get_text(state["script"])
    traceback = traceback_of(bench, state, failure)
    known = known_of(bench, state)
    helps = bench.options.techniques
    if helps.rules:
        by_rules = repair_script(source, known, failure, traceback)
        if by_rules.source != source:
            return _written(bench, state, by_rules.source, by_rules.rules)
    if not helps.model_repair or is_selection(bench, state):  # what is wrong with a selection is not its code
        return SolveState(stuck=True)
    messages = debugger_messages(
        request=bench.task.prompt,
        files_text=bench.artifacts.get_text(state["files_text"]),
        outputs=bench.task.outputs,
        script=source,
        failure=failure,
        traceback=traceback,
        hints=hints(source, known, failure, traceback),
    )
    reply = bench.ask(messages)
    try:
        repaired = extract_code(reply.text, truncated=reply.truncated)
    except FormatError as error:
        return SolveState({**bench.failed(error.failure, script=state["script"]), "stuck": True})
    return _written(bench, state, repaired, ())


def _written(bench: Workbench, state: SolveState, source: str, rules: tuple[str, ...]) -> SolveState:
    """Record the repaired script; a script that was tried before is no progress."""
    repair = state["repair"] + 1
    sha = bench.artifacts.put_text(source)
    tried = {event.body.script_sha256 for event in bench.log.events if isinstance(event.body, ScriptWritten)}
    if sha in tried:
        return SolveState(repair=repair, stuck=True)
    origin: Literal["rules", "debugger"] = "rules" if rules else "debugger"
    bench.note(ScriptWritten(script_sha256=sha, draft=state["draft"], repair=repair, origin=origin, rules=rules))
    return SolveState(script=sha, repair=repair, failure=None)


def traceback_of(bench: Workbench, state: SolveState, failure: Failure) -> str:
    """The traceback of the last run when the failure came from it, else an empty text."""
    if failure.stage != "execution" or "execution" not in state:
        return ""
    execution = Execution.model_validate_json(bench.artifacts.get_text(state["execution"]))
    return "" if execution.traceback is None else execution.traceback.text
