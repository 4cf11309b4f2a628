"""The one `StateGraph`: it knows the shape of the work and not who does it."""

import sqlite3
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from hepcoder.graphs.routing import Place, most_steps, route
from hepcoder.graphs.state import Policy, SolveState, initial_state
from hepcoder.ledger.errors import StorageError

Node = Callable[[SolveState], SolveState]

NODES: tuple[Place, ...] = ("inspect", "supervise", "code", "check", "execute", "verify", "debug")

# Where each node may lead; `route` chooses, and a test holds the two together.
DESTINATIONS: Mapping[Place, tuple[Place, ...]] = MappingProxyType(
    {
        "inspect": ("supervise",),
        "supervise": ("code", "end", "supervise"),
        "code": ("check", "supervise"),
        "check": ("execute", "debug", "supervise"),
        "execute": ("verify", "debug", "supervise"),
        "verify": ("supervise", "debug"),
        "debug": ("check", "supervise"),
    }
)


@dataclass(frozen=True)
class Crew:
    """Who does the work of one trial, and for how long; handed to the graph with each run and in no checkpoint.

    Attributes:
        nodes: A function for each name in `NODES`: state in, changes out. It must not count steps; the graph does.
        policy: Bounds on drafts and repairs.
    """

    nodes: Mapping[str, Node]
    policy: Policy


_Compiled = CompiledStateGraph[SolveState, Crew, Any, Any]


@cache
def _compiled() -> _Compiled:
    """The seven nodes, connected: the same for all trials of a process, since to compile them takes milliseconds."""
    graph = StateGraph(SolveState, context_schema=Crew)
    for name in NODES:
        graph.add_node(name, cast("Any", _node(name)))
        graph.add_conditional_edges(name, _router(name), _path_map(name))
    graph.add_edge(START, "inspect")
    return graph.compile()


@contextmanager
def _storage_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        message = f"the checkpoint {path} cannot be used: {error}; make room on the disk and resume the run"
        raise StorageError(message) from error


def _node(name: str) -> Callable[[SolveState, Runtime[Crew]], SolveState]:
    def run(state: SolveState, runtime: Runtime[Crew]) -> SolveState:
        changes = runtime.context.nodes[name](state)
        changes["step"] = state["step"] + 1
        return changes

    return run


def _path_map(name: Place) -> dict[Hashable, str]:
    return {place: END if place == "end" else place for place in DESTINATIONS[name]}


def _router(name: str) -> Callable[[SolveState, Runtime[Crew]], Place]:
    def follow(state: SolveState, runtime: Runtime[Crew]) -> Place:
        return route(name, state, runtime.context.policy)

    return follow


class CheckpointedGraph:
    """The graph at work on one trial, with its checkpoint on disk; a killed trial goes on where it was.

    Every node's result is on disk before the next node starts (``durability="sync"``), so after a kill only the node
    that was at work runs again.

    Args:
        nodes: As for `Crew`.
        policy: As for `Crew`.
        path: SQLite file of the checkpoints; made when missing.
        thread: Id of the trial in that file.

    Raises:
        KeyError: A node is missing.
        StorageError: The checkpoint file cannot be opened.
    """

    def __init__(self, nodes: Mapping[str, Node], policy: Policy, *, path: Path, thread: str) -> None:
        self._crew = Crew({name: nodes[name] for name in NODES}, policy)
        self._path = path
        self._is_new = not path.exists()
        self._saver = SqliteSaver.from_conn_string(str(path))
        with _storage_errors(path):
            checkpointer = self._saver.__enter__()
            # What is committed outlives the process. To outlive a loss of power too, which the ledger does not promise
            # either, each node would have to wait for the disk.
            checkpointer.conn.execute("PRAGMA synchronous = NORMAL")
            # A trial has one writer, who holds the lock of its log: no lock and shared memory for each node as well.
            checkpointer.conn.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._graph = _compiled().copy({"checkpointer": checkpointer})
        self._config: RunnableConfig = {
            "configurable": {"thread_id": thread},
            "recursion_limit": most_steps(policy),
            "max_concurrency": 1,
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._saver.__exit__(kind, error, trace)

    def state(self) -> SolveState | None:
        """The last state on disk, or None before the first node.

        Raises:
            StorageError: The checkpoint file cannot be read or made.
        """
        with _storage_errors(self._path):
            values = self._graph.get_state(self._config).values
        return cast("SolveState", values) if values else None

    def run(self) -> SolveState:
        """Run from the last checkpoint, or from the start, to the end.

        Raises:
            StorageError: The checkpoint file cannot be written.
            Exception: Whatever a node raises; the checkpoint before that node stays valid.
        """
        entry = initial_state() if self._is_new or not self.state() else None
        with _storage_errors(self._path):
            return cast("SolveState", self._graph.invoke(entry, self._config, context=self._crew, durability="sync"))

    def mermaid(self) -> str:
        """The graph as a Mermaid diagram."""
        return self._graph.get_graph().draw_mermaid()
