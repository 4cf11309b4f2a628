"""Where the work goes next: a pure function of the state."""

from typing import Literal

from hepcoder.graphs.state import Policy, SolveState, open_failure

Place = Literal["inspect", "supervise", "code", "check", "execute", "verify", "debug", "end"]

# Repairing the script cannot cure these: the supervisor ends the trial.
FINAL_STAGES = frozenset({"provider", "budget", "sandbox", "harness"})

_ON_SUCCESS: dict[str, Place] = {
    "inspect": "supervise",
    "code": "check",
    "check": "execute",
    "execute": "verify",
    "verify": "supervise",
    "debug": "check",
}


def route(node: str, state: SolveState, policy: Policy) -> Place:
    """Name the node that follows `node`.

    A failure goes to the debugger while repairs are left, then to the supervisor, who asks for a fresh draft or gives
    up. Every cycle passes `code` or `debug`, whose visits `policy` bounds, so the work always ends.

    Example:
        >>> route("execute", {"failure": None}, Policy())
        'verify'
        >>> broken = {"stage": "execution", "name": "key", "message": "no field 'Muon_Pt'"}
        >>> route("execute", {"failure": broken, "repair": 0}, Policy())
        'debug'
        >>> route("execute", {"failure": broken, "repair": 3}, Policy(repairs=3))
        'supervise'
    """
    failure = open_failure(state)
    if node == "supervise":
        # A failure here is the supervisor's own, such as a planning call beyond the budget: it looks again, and ends.
        return "end" if state.get("status") else "code" if failure is None else "supervise"
    if failure is None:
        return _ON_SUCCESS[node]
    if node in {"inspect", "code", "debug"} or failure.stage in FINAL_STAGES or state.get("stuck", False):
        return "supervise"
    return "debug" if state.get("repair", 0) < policy.repairs else "supervise"


def may_draft_again(state: SolveState, policy: Policy) -> bool:
    """Whether the supervisor may ask for a fresh draft after the open failure."""
    failure = open_failure(state)
    final = failure is not None and failure.stage in FINAL_STAGES and not _curable_by_draft(failure.label)
    return not final and state.get("draft", 0) < policy.drafts


def _curable_by_draft(label: str) -> bool:
    return label in {"provider.truncated_reply", "provider.refusal"}


def most_steps(policy: Policy) -> int:
    """Upper bound on the nodes of one trial, for the graph's own recursion limit."""
    per_repair = 4
    return 4 + policy.drafts * (6 + per_repair * (policy.repairs + 1))
