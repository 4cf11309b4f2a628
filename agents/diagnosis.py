"""From an execution to a failure of the class table: rules only."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from types import MappingProxyType

from hepcoder.ledger.failures import Failure
from hepcoder.sandbox.attempts import tell, worst
from hepcoder.sandbox.records import Execution, Traceback

_BY_EXCEPTION = MappingProxyType(
    {
        "ImportError": "import",
        "ModuleNotFoundError": "import",
        "NameError": "name",
        "UnboundLocalError": "name",
        "AttributeError": "attribute",
        "TypeError": "type",
        "ValueError": "value",
        "IndexError": "index",
        "AxisError": "index",
        "KeyError": "key",
        "UnknownNameError": "branch_name",
        "KeyInFileError": "branch_name",
        "FieldNotFoundError": "branch_name",
    }
)
_QUOTED = re.compile(r"'([^']+)'")
_DO_WITHOUT = "write it without: use the input files alone, and write only into the working folder"
_SHAPE_WORDS = ("broadcast", "shape", "dimension", "out of bounds", "same length", "nested list")
_FIELD_WORDS = ("no field", "no branch", "not in fields", "field named", "unknown collection")


def diagnose(execution: Execution, script: str, inputs: Sequence[str]) -> Failure | None:
    """Name what went wrong, or None when the script ended with exit code 0 and behaved.

    A script that reached for what no analysis needs (people's secrets, the network, the whole environment, other
    processes, the kernel) has failed even if it came to a good end: it is not what was asked for, its results may be
    made up for want of what it was refused, and at its owner's desk nothing would refuse it. So the debugger is told
    to write it without. A try at any other file is recorded but is no failure: it may be a wrong path of an input.

    Args:
        execution: What the sandbox reported.
        script: The script that ran.
        inputs: Names of the input files, to tell a missing input from a missing intermediate file.

    Example:
        >>> from hepcoder.sandbox.records import Peaks
        >>> run = Execution(outcome="time", exit_code=None, peaks=Peaks(wall_seconds=9), backend="none")
        >>> diagnose(run, "", []).label
        'execution.time'
    """
    if execution.outcome == "sandbox_failed":
        return Failure(stage="sandbox", name="failed", message=execution.detail)
    if execution.outcome == "cancelled":
        return Failure(stage="harness", name="interrupted", message="the run was stopped")
    if execution.outcome != "finished":
        line = execution.traceback.line if execution.traceback is not None else None
        return Failure(stage="execution", name=execution.outcome, message=execution.detail, line=line)
    if execution.exit_code != 0 and execution.traceback is not None:
        return _from_exception(execution.traceback, script, inputs)
    return _of_attempts(execution) or _of_exit_code(execution)


def _of_attempts(execution: Execution) -> Failure | None:
    attempt = worst(execution.attempts)
    if attempt is None:
        return None
    message = f"{tell(attempt, backend=execution.backend)}; {_DO_WITHOUT}"
    return Failure(stage="execution", name="forbidden", message=message)


def _of_exit_code(execution: Execution) -> Failure | None:
    if execution.exit_code == 0:
        return None
    tail = execution.stderr.strip().splitlines()[-3:]
    message = f"the script ended with exit code {execution.exit_code}: {' / '.join(tail) or 'nothing on stderr'}"
    return Failure(stage="execution", name="exit_code", message=message)


def _from_exception(trace: Traceback, script: str, inputs: Sequence[str]) -> Failure:
    message = f"{trace.exception}: {trace.message}"
    if trace.exception in {"SyntaxError", "IndentationError", "TabError"}:
        return Failure(stage="static", name="syntax", message=message, line=trace.line)
    if trace.exception == "FileNotFoundError":
        name = _missing_file(trace.message, script, inputs)
        return Failure(stage="execution", name=name, message=message, line=trace.line)
    return Failure(stage="execution", name=_class_of(trace), message=message, line=trace.line)


def _class_of(trace: Traceback) -> str:
    text = trace.message.lower()
    if any(word in text for word in _FIELD_WORDS):
        return "branch_name"
    if trace.exception in {"ValueError", "TypeError"} and any(word in text for word in _SHAPE_WORDS):
        return "index"
    return _BY_EXCEPTION.get(trace.exception, "exception")


def _missing_file(message: str, script: str, inputs: Sequence[str]) -> str:
    """A path that the script also writes was meant as an intermediate file; any other was meant as an input."""
    quoted = _QUOTED.findall(message)
    wanted = PurePosixPath(quoted[-1] if quoted else message).name
    if wanted in inputs:
        return "missing_input"
    return "missing_intermediate" if script.count(wanted) > 1 else "missing_input"
