"""Turns roles into graph nodes: events around them, foreseen errors into failures of the state."""

import time
from collections.abc import Callable, Mapping
from typing import cast

from hepcoder.agents.models.base import ProviderError
from hepcoder.agents.workbench import Workbench
from hepcoder.graphs.budget import BudgetExceededError
from hepcoder.graphs.routing import route
from hepcoder.graphs.solve import Node
from hepcoder.graphs.state import SolveState
from hepcoder.ledger.errors import InputError, SandboxError
from hepcoder.ledger.events import NodeFinished, NodeName, NodeStarted
from hepcoder.ledger.failures import Failure

Role = Callable[[Workbench, SolveState], SolveState]


class StoppedError(Exception):
    """The user asked to stop; the trial can be resumed from its last checkpoint."""


def make_nodes(bench: Workbench, roles: Mapping[str, Role]) -> dict[str, Node]:
    """A graph node for each role."""
    return {name: _node(name, role, bench) for name, role in roles.items()}


def _node(name: str, role: Role, bench: Workbench) -> Node:
    def run(state: SolveState) -> SolveState:
        if bench.stop.is_set():
            raise StoppedError
        here = bench.at(cast("NodeName", name), state["step"] + 1)
        here.note(NodeStarted())
        started = time.monotonic()
        changes = _act(here, role, state)
        if bench.stop.is_set():
            raise StoppedError
        after = cast("SolveState", {**state, **changes})
        goto = route(name, after, bench.options.policy)
        here.note(NodeFinished(goto=goto, seconds=time.monotonic() - started))
        return changes

    return run


def _act(bench: Workbench, role: Role, state: SolveState) -> SolveState:
    try:
        return role(bench, state)
    except ProviderError as error:
        if error.failure.label == "harness.interrupted":
            raise StoppedError from error
        return bench.failed(error.failure)
    except BudgetExceededError as error:
        return bench.failed(Failure(stage="budget", name=error.name, message=str(error)))
    except SandboxError as error:
        return bench.failed(Failure(stage="sandbox", name="unavailable", message=str(error)))
    except InputError as error:
        return bench.failed(Failure(stage="harness", name="input", message=str(error)))
