"""The one `StateGraph`: it knows the shape of the work and not who does it."""

import sqlite3
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

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


def build(nodes: Mapping[str, Node], policy: Policy) -> "StateGraph[SolveState]":
    """Connect the seven nodes.

    Args:
        nodes: A function for each name in `NODES`: state in, changes out. It must not count steps; the graph does.
        policy: Bounds on drafts and repairs.

    Raises:
        KeyError: A node is missing.
    """
    graph = StateGraph(SolveState)
    for name in NODES:
        graph.add_node(name, cast("Any", _counted(nodes[name])))
        graph.add_conditional_edges(name, _router(name, policy), _path_map(name))
    graph.add_edge(START, "inspect")
    return graph


@contextmanager
def _storage_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        message = f"the checkpoint {path} cannot be used: {error}; make room on the disk and resume the run"
        raise StorageError(message) from error


def _counted(node: Node) -> Node:
    def run(state: SolveState) -> SolveState:
        changes = node(state)
        changes["step"] = state["step"] + 1
        return changes

    return run


def _path_map(name: Place) -> dict[Hashable, str]:
    return {place: END if place == "end" else place for place in DESTINATIONS[name]}


def _router(name: str, policy: Policy) -> Callable[[SolveState], Place]:
    def follow(state: SolveState) -> Place:
        return route(name, state, policy)

    return follow


class CheckpointedGraph:
    """A compiled graph with its checkpoint on disk; a killed trial goes on where it was.

    Every node's result is on disk before the next node starts (``durability="sync"``), so after a kill only the node
    that was at work runs again.

    Args:
        nodes: As for `build`.
        policy: As for `build`.
        path: SQLite file of the checkpoints; made when missing.
        thread: Id of the trial in that file.
    """

    def __init__(self, nodes: Mapping[str, Node], policy: Policy, *, path: Path, thread: str) -> None:
        self._path = path
        self._saver = SqliteSaver.from_conn_string(str(path))
        with _storage_errors(path):
            checkpointer = self._saver.__enter__()
            # What is committed outlives the process. To outlive a loss of power too, which the ledger does not promise
            # either, each node would have to wait for the disk.
            checkpointer.conn.execute("PRAGMA synchronous = NORMAL")
        self._graph: CompiledStateGraph[SolveState, Any, Any, Any] = build(nodes, policy).compile(
            checkpointer=checkpointer
        )
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
        entry = None if self.state() else initial_state()
        with _storage_errors(self._path):
            return cast("SolveState", self._graph.invoke(entry, self._config, durability="sync"))

    def mermaid(self) -> str:
        """The graph as a Mermaid diagram."""
        return self._graph.get_graph().draw_mermaid()
