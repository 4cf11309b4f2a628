"""Routing is pure, total, and always ends."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepcoder.graphs.routing import FINAL_STAGES, may_draft_again, most_steps, route
from hepcoder.graphs.solve import DESTINATIONS, NODES
from hepcoder.graphs.state import Policy, SolveState, initial_state
from hepcoder.ledger.failures import FAILURE_CLASSES

FAILURES = st.sampled_from([None, *FAILURE_CLASSES])
POLICIES = st.builds(Policy, drafts=st.integers(1, 4), repairs=st.integers(0, 4))


def failure(key: tuple[str, str] | None) -> dict[str, Any] | None:
    return None if key is None else {"stage": key[0], "name": key[1], "message": "made for a test"}


@given(st.sampled_from(NODES), FAILURES, st.integers(0, 6), st.booleans(), st.sampled_from(["", "failed"]), POLICIES)
def test_route_leads_only_where_the_graph_has_an_edge(
    node: Any, key: Any, repair: int, stuck: bool, status: str, policy: Policy
) -> None:
    state = SolveState(failure=failure(key), repair=repair, stuck=stuck, status=status)
    assert route(node, state, policy) in DESTINATIONS[node]


@given(POLICIES, st.lists(FAILURES, min_size=1, max_size=400), st.booleans())
def test_every_walk_ends_within_the_bound(policy: Policy, outcomes: list[Any], stuck: bool) -> None:
    state = initial_state()
    node, steps = "inspect", 0
    while node != "end":
        outcome = failure(outcomes[steps % len(outcomes)])
        if node == "supervise":
            if state["draft"] == 0 and state["failure"] is None:
                state["draft"] = 1
            elif state["failure"] is None:
                state["status"] = "unverified"
            elif state["draft"] > 0 and may_draft_again(state, policy):
                state.update({"draft": state["draft"] + 1, "repair": 0, "stuck": False, "failure": None})
            else:
                state["status"] = "failed"
        elif node == "debug":
            state.update({"repair": state["repair"] + 1, "failure": outcome, "stuck": stuck})
        else:
            state["failure"] = outcome
        node = route(node, state, policy)
        steps += 1
        assert steps <= most_steps(policy)
    assert state["status"] in {"unverified", "failed"}
    assert state["draft"] <= policy.drafts
    assert state["repair"] <= policy.repairs


@pytest.mark.parametrize("stage", sorted(FINAL_STAGES))
def test_what_no_script_can_cure_goes_to_the_supervisor(stage: str) -> None:
    key = next(key for key in FAILURE_CLASSES if key[0] == stage)
    assert route("execute", SolveState(failure=failure(key), repair=0), Policy()) == "supervise"
