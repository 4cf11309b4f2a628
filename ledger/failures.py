"""What can go wrong with a task, as one table: stage, class, cause, and what follows from it.

Rules decide the class; a model's opinion never does. `counts` says whether a failure of this
class counts against the model under test, so that infrastructure and agent are told apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from hepcoder.ledger.record import Record

Stage = Literal[
    "provider",
    "supervisor",
    "coder",
    "static",
    "execution",
    "output",
    "physics",
    "sandbox",
    "budget",
    "harness",
    "grader",
]
Cause = Literal["model", "vendor", "user", "machine", "hepcoder"]


@dataclass(frozen=True)
class FailureClass:
    """One row of the table.

    Attributes:
        stage: Where in the work it is noticed.
        name: The class within that stage, in snake case.
        cause: Who has to act for it to go away.
        retry: Whether the same request may be sent again unchanged.
        counts: Whether it counts against the model in a success rate.
        meaning: One line for users and reports.
    """

    stage: Stage
    name: str
    cause: Cause
    retry: bool
    counts: bool
    meaning: str


_ROWS: tuple[tuple[Stage, str, Cause, bool, bool, str], ...] = (
    ("provider", "rate_limit", "vendor", True, False, "the vendor asked to slow down (429)"),
    ("provider", "quota", "user", False, False, "the account has no credit or quota left"),
    ("provider", "authentication", "user", False, False, "the key was refused (401, 403)"),
    ("provider", "model_not_found", "user", False, False, "the vendor does not serve this model (404)"),
    ("provider", "invalid_request", "hepcoder", False, False, "the vendor rejected the request (400, 422)"),
    ("provider", "context_overflow", "model", False, True, "the prompt is longer than the model's context"),
    ("provider", "timeout", "vendor", True, False, "no answer within the time limit"),
    ("provider", "connection", "vendor", True, False, "the connection failed or was cut"),
    ("provider", "overload", "vendor", True, False, "the vendor is overloaded (503, 529)"),
    ("provider", "server_error", "vendor", True, False, "the vendor's server failed (500, 502, 504)"),
    ("provider", "malformed_reply", "vendor", True, False, "the reply is not valid JSON or lacks its content"),
    ("provider", "truncated_reply", "model", False, True, "the reply was cut at the token cap"),
    ("provider", "refusal", "model", False, True, "the model or a filter refused"),
    ("provider", "function_call", "model", False, True, "a tool call is missing or malformed"),
    ("supervisor", "no_plan", "model", False, True, "no usable plan could be read from the reply"),
    ("coder", "no_code", "model", False, True, "no Python code could be found in the reply"),
    ("static", "syntax", "model", False, True, "the script is not valid Python"),
    ("static", "import", "model", False, True, "the script imports a module that is not installed"),
    ("static", "name", "model", False, True, "the script uses a name it never defines"),
    ("static", "attribute", "model", False, True, "the script uses an attribute the package does not have"),
    ("static", "branch_name", "model", False, True, "the script reads a branch the file does not have"),
    ("static", "no_output", "model", False, True, "nothing in the script writes a required output"),
    ("execution", "import", "model", False, True, "ImportError or ModuleNotFoundError at run time"),
    ("execution", "name", "model", False, True, "NameError or UnboundLocalError"),
    ("execution", "attribute", "model", False, True, "AttributeError"),
    ("execution", "type", "model", False, True, "TypeError"),
    ("execution", "value", "model", False, True, "ValueError"),
    ("execution", "index", "model", False, True, "IndexError or a shape mismatch"),
    ("execution", "key", "model", False, True, "KeyError on a key that is no branch"),
    ("execution", "branch_name", "model", False, True, "a branch or field that the file does not have"),
    ("execution", "missing_input", "model", False, True, "the script opened an input file that does not exist"),
    ("execution", "missing_intermediate", "model", False, True, "the script read a file it never wrote"),
    ("execution", "exception", "model", False, True, "any other exception of the script"),
    ("execution", "exit_code", "model", False, True, "the script ended with a code other than 0 and no exception"),
    ("execution", "time", "model", False, True, "the wall-time limit was reached"),
    ("execution", "cpu", "model", False, True, "the CPU-time limit was reached"),
    ("execution", "memory", "model", False, True, "the memory limit was reached"),
    ("execution", "output_flood", "model", False, True, "the script printed more than the output limit"),
    ("execution", "disk", "model", False, True, "the script wrote more than the disk limit"),
    ("execution", "inodes", "model", False, True, "the script made more files than allowed"),
    ("execution", "processes", "model", False, True, "the script started more processes than allowed"),
    ("execution", "forbidden", "model", False, True, "the script tried something the sandbox forbids"),
    ("output", "missing", "model", False, True, "a required output was not written"),
    ("output", "empty", "model", False, True, "an output holds nothing"),
    ("output", "unreadable", "model", False, True, "an output is not what its suffix says"),
    ("output", "schema", "model", False, True, "an output lacks a required name or has the wrong type"),
    ("output", "shape", "model", False, True, "an output has the wrong shape"),
    ("output", "non_finite", "model", False, True, "an output holds NaN or infinity"),
    ("output", "constant", "model", False, True, "every value of an output array is the same"),
    ("output", "zero_weights", "model", False, True, "all weights are zero"),
    ("output", "dummy_data", "model", False, True, "the output does not depend on the input"),
    ("output", "wrong_metric", "model", False, True, "a figure of a classifier is not what its saved scores give"),
    ("output", "bad_scores", "model", False, True, "scores are no probabilities, or a split has none of a class"),
    ("physics", "empty_selection", "model", False, True, "no event passes the selection"),
    ("physics", "wrong_unit", "model", False, True, "a quantity is off by a factor of a unit"),
    ("physics", "non_monotonic_cutflow", "model", False, True, "a cutflow rises from one cut to the next"),
    ("physics", "broken_invariant", "model", False, True, "a law of kinematics does not hold"),
    ("physics", "disagreement", "model", False, True, "two derivations of the same result differ"),
    ("physics", "leak", "model", False, True, "a classifier knows what it must not, or was tested on what it learnt"),
    ("sandbox", "unavailable", "machine", False, False, "no sandbox can start on this machine"),
    ("sandbox", "failed", "machine", True, False, "the sandbox failed while running the script"),
    ("budget", "calls", "user", False, True, "the budget of calls is used up"),
    ("budget", "tokens", "user", False, True, "the budget of tokens is used up"),
    ("budget", "usd", "user", False, True, "the budget of dollars is used up"),
    ("budget", "seconds", "user", False, True, "the budget of seconds is used up"),
    ("harness", "interrupted", "user", True, False, "the run was stopped and can be resumed"),
    ("harness", "storage", "machine", True, False, "the ledger could not be written"),
    ("harness", "replay_miss", "hepcoder", False, False, "replay met a request that was not recorded"),
    ("harness", "input", "user", False, False, "an input file is not usable"),
    ("harness", "bug", "hepcoder", False, False, "hepcoder itself failed"),
    ("grader", "wrong_answer", "model", False, True, "graded only: the result is not the reference"),
    ("grader", "crashed", "hepcoder", False, False, "the grader failed; this is not a score of zero"),
)

FAILURE_CLASSES: Mapping[tuple[Stage, str], FailureClass] = MappingProxyType(
    {(row[0], row[1]): FailureClass(*row) for row in _ROWS}
)


class Failure(Record):
    """One failure as it happened.

    Attributes:
        stage: Where it was noticed.
        name: The class within the stage; (stage, name) is a row of `FAILURE_CLASSES`.
        message: What happened, for people and for the debugger; no addresses, no host paths.
        line: The line of the script it points at, or None.

    Example:
        >>> Failure(stage="execution", name="key", message="no such key").row.meaning
        'KeyError on a key that is no branch'
    """

    stage: Stage
    name: str
    message: str
    line: int | None = None

    @property
    def row(self) -> FailureClass:
        """The row of the class table; `KeyError` when the pair is not in it."""
        return FAILURE_CLASSES[(self.stage, self.name)]

    @property
    def label(self) -> str:
        """Stage and class as one word, such as ``execution.key``."""
        return f"{self.stage}.{self.name}"

    def model_post_init(self, context: object) -> None:  # noqa: ARG002, D102
        if (self.stage, self.name) not in FAILURE_CLASSES:
            message = f"{self.stage}.{self.name} is not a row of the failure table in ledger/failures.py"
            raise ValueError(message)
