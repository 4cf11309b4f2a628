"""Trials of one process share the compiled graph, and nothing else."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from hepcoder.graphs.solve import NODES, CheckpointedGraph, Node
from hepcoder.graphs.state import Policy, SolveState
from hepcoder.ledger.failures import Failure

TRIALS = 4
BROKEN = Failure(stage="execution", name="key", message="no field").model_dump(mode="json")


def crew(name: str, barrier: Barrier, visits: list[str]) -> dict[str, Node]:
    """Nodes that write their trial's name, wait for the other trials in the first one, and fail in every script."""

    def idle(_: SolveState) -> SolveState:
        return SolveState()

    def meet(_: SolveState) -> SolveState:
        barrier.wait(timeout=60)
        return SolveState(facts=name)

    def supervise(state: SolveState) -> SolveState:
        return SolveState(draft=1) if state["draft"] == 0 else SolveState(status="failed", plan=name)

    def execute(_: SolveState) -> SolveState:
        return SolveState(failure=BROKEN, history=[BROKEN | {"message": name}])

    def debug(state: SolveState) -> SolveState:
        visits.append(name)
        return SolveState(repair=state["repair"] + 1, failure=None)

    special: dict[str, Node] = {"inspect": meet, "supervise": supervise, "execute": execute, "debug": debug}
    return {place: special.get(place, idle) for place in NODES}


def test_trials_at_once_keep_their_own_nodes_policy_and_checkpoints(tmp_path: Path) -> None:
    barrier = Barrier(TRIALS)
    visits: list[str] = []

    def solve(number: int) -> SolveState:
        nodes = crew(f"trial {number}", barrier, visits)
        path = tmp_path / f"{number}.sqlite"
        with CheckpointedGraph(nodes, Policy(repairs=number), path=path, thread="t0") as graph:
            return graph.run()

    with ThreadPoolExecutor(TRIALS) as threads:
        states = list(threads.map(solve, range(TRIALS)))

    for number, state in enumerate(states):
        name = f"trial {number}"
        assert (state["facts"], state["plan"], state["repair"]) == (name, name, number)
        assert [failure["message"] for failure in state["history"]] == [name] * (number + 1)
        assert visits.count(name) == number
        idle: dict[str, Node] = dict.fromkeys(NODES, lambda state: state)
        with CheckpointedGraph(idle, Policy(), path=tmp_path / f"{number}.sqlite", thread="t0") as graph:
            assert graph.state() == state


def test_a_missing_node_is_named_before_anything_runs(tmp_path: Path) -> None:
    nodes = crew("one", Barrier(1), [])
    del nodes["verify"]
    with pytest.raises(KeyError, match="verify"):
        CheckpointedGraph(nodes, Policy(), path=tmp_path / "one.sqlite", thread="t0")
    assert not (tmp_path / "one.sqlite").exists()
