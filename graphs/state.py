"""What the graph remembers between nodes: counters, digests and small plain values, never contents."""

import operator
from typing import Annotated, Any, TypedDict

from hepcoder.ledger.failures import Failure
from hepcoder.ledger.record import Record

MAX_DRAFTS = 3
MAX_REPAIRS = 3


class Policy(Record):
    """How long to try.

    Attributes:
        drafts: Different drafts at most, at least 1.
        repairs: Repairs of one draft at most; 0 never repairs.
    """

    drafts: int = MAX_DRAFTS
    repairs: int = MAX_REPAIRS


class SolveState(TypedDict, total=False):
    """State of one trial; every value is plain JSON so that a checkpoint can be read anywhere.

    `step` counts the nodes entered and finished. `script`, `execution`, `facts`, `files_text`, `plan` and `derivation`
    are digests in the artifact store. `shown_draft` is the last draft that was shown a second derivation's results, 0
    for none; `doubted` is what the trial gives where two derivations differ to the end, with its execution and
    artifacts, empty where that is nothing. `failure` is the open failure as data, or None. `status` is empty until the
    end.
    """

    step: int
    facts: str
    files_text: str
    plan: str
    script: str
    draft: int
    repair: int
    stuck: bool
    execution: str
    failure: dict[str, Any] | None
    history: Annotated[list[dict[str, Any]], operator.add]
    artifacts: dict[str, str]
    verified: bool
    derivation: str
    shown_draft: int
    doubted: dict[str, Any]
    status: str


def initial_state() -> SolveState:
    """The state before the first node."""
    return SolveState(
        step=0,
        draft=0,
        repair=0,
        stuck=False,
        failure=None,
        history=[],
        artifacts={},
        verified=False,
        shown_draft=0,
        status="",
    )


def open_failure(state: SolveState) -> Failure | None:
    """The failure that is not yet cured, or None."""
    data = state.get("failure")
    return None if data is None else Failure.model_validate(data)
