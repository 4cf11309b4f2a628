"""Runs one trial: opens ledger, model, sandbox and graph, works to the end or to a stop, and closes them."""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hepcoder.agents.baselines.roles import BASELINE_ROLES
from hepcoder.agents.checker import check
from hepcoder.agents.coder import code
from hepcoder.agents.debugger import debug
from hepcoder.agents.executor import execute
from hepcoder.agents.inspector import inspect
from hepcoder.agents.models.desk import Desk
from hepcoder.agents.models.open import open_model
from hepcoder.agents.nodes import Role, StoppedError, make_nodes
from hepcoder.agents.options import Options
from hepcoder.agents.planner import supervise
from hepcoder.agents.spending import spent_so_far
from hepcoder.agents.stopping import closed_on_stop
from hepcoder.agents.verifier import verify
from hepcoder.agents.workbench import Workbench
from hepcoder.graphs.budget import BudgetGuard, Spent
from hepcoder.graphs.solve import CheckpointedGraph
from hepcoder.graphs.state import SolveState, open_failure
from hepcoder.graphs.task import Budget, Task
from hepcoder.ledger.errors import StorageError
from hepcoder.ledger.events import Event, Interrupted, Status, TextDelta, TrialFinished, TrialStarted
from hepcoder.ledger.failures import Failure
from hepcoder.ledger.log import TrialLog, read_events
from hepcoder.ledger.recording import Recording, count_before
from hepcoder.ledger.runs import RunFolder
from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.records import Input

TRIAL = "t0"
ROLES = {
    "inspect": inspect,
    "supervise": supervise,
    "code": code,
    "check": check,
    "execute": execute,
    "verify": verify,
    "debug": debug,
}


@dataclass(frozen=True)
class TrialSetup:
    """All that a trial needs to know before it starts.

    Attributes:
        task: What is asked, outputs filled in.
        inputs: Input files under the names that scripts see.
        mode: ``live`` keeps no replies, ``record`` keeps them, ``replay`` answers from `source` only.
        source: The recorded run to replay; None in the other modes.
    """

    run: RunFolder
    task: Task
    inputs: tuple[Input, ...]
    model: str
    options: Options
    sandbox: Sandbox
    mode: Literal["live", "record", "replay"]
    base_url: str | None = None
    source: RunFolder | None = None


def run_trial(
    setup: TrialSetup,
    emit: Callable[[Event | TextDelta], None],
    stop: threading.Event,
    *,
    make_guard: Callable[[Budget, Spent], BudgetGuard] = BudgetGuard,
) -> None:
    """Work on a trial until it ends, or until `stop` is set; going on from its checkpoint when there is one.

    Args:
        setup: The trial.
        emit: Called with every event and every piece of a reply, from this thread or the graph's.
        stop: Set by another thread to stop; the trial can then be resumed.
        make_guard: Makes the keeper of the budget, from the budget and what earlier sittings used.

    Raises:
        HepcoderError: The trial cannot go on for a foreseen reason; it can be resumed when that is mended.
    """
    folder = setup.run.trial_folder(TRIAL)
    with TrialLog(folder, TRIAL) as log:
        resumed = bool(log.events)
        spent = spent_so_far(log.events)
        task_sha = setup.run.artifacts.put_text(_without_paths(setup).model_dump_json())
        log.subscribe(emit)
        log.append(
            TrialStarted(run=setup.run.id, task_sha256=task_sha, model=setup.model, resumed=resumed), node="run", step=0
        )
        try:
            _work(setup, log, make_guard(setup.task.budget, spent), emit, stop, resumed=resumed)
        except StoppedError:
            _interrupted(log, "stopped by the user")
        except BaseException as error:
            # A ledger that cannot be written must not hide why the trial stopped.
            with suppress(StorageError):
                _interrupted(log, f"{type(error).__name__}: {error}")
            raise


def _without_paths(setup: TrialSetup) -> Task:
    """The task under the names that scripts see: the same on every machine."""
    return setup.task.model_copy(update={"inputs": tuple(Path(item.name) for item in setup.inputs)})


def _work(
    setup: TrialSetup,
    log: TrialLog,
    budget: BudgetGuard,
    emit: Callable[[Event | TextDelta], None],
    stop: threading.Event,
    *,
    resumed: bool,
) -> None:
    artifacts = setup.run.artifacts
    step = _steps_done(setup) if resumed else 0
    desk = Desk(
        log=log,
        artifacts=artifacts,
        budget=budget,
        mode=setup.mode,
        recording=_recording(setup, log),
        ordinals=count_before(log.events, step + 1),
        stop=stop,
    )
    client = open_model(setup.model, desk, base_url=setup.base_url, price=setup.options.price)
    setup.sandbox.prepare(setup.inputs, setup.run.trial_folder(TRIAL))  # while the model writes
    try:
        bench = Workbench(
            task=setup.task,
            inputs=setup.inputs,
            folder=setup.run.trial_folder(TRIAL),
            log=log,
            artifacts=artifacts,
            client=client,
            sandbox=setup.sandbox,
            budget=budget,
            options=setup.options,
            stop=stop,
            say=emit,
        )
        with closed_on_stop(client, stop), _graph(setup, bench) as graph:
            finish(bench, graph.run())
    finally:
        client.close()
        setup.sandbox.close()


def _graph(setup: TrialSetup, bench: Workbench) -> CheckpointedGraph:
    return CheckpointedGraph(
        make_nodes(bench, _roles(setup)), setup.options.policy, path=_checkpoint_path(setup), thread=TRIAL
    )


def _roles(setup: TrialSetup) -> Mapping[str, Role]:
    return ROLES if setup.options.agent == "supervisor" else BASELINE_ROLES


def _checkpoint_path(setup: TrialSetup) -> Path:
    return setup.run.trial_folder(TRIAL) / "checkpoint.sqlite"


def _steps_done(setup: TrialSetup) -> int:
    """Nodes that are finished for good; the next one may have left calls behind that must not be paid twice."""
    idle = dict.fromkeys(ROLES, lambda state: state)
    with CheckpointedGraph(idle, setup.options.policy, path=_checkpoint_path(setup), thread=TRIAL) as graph:
        state = graph.state()
    return 0 if state is None else state["step"]


def _recording(setup: TrialSetup, log: TrialLog) -> Recording:
    if setup.source is None:
        return Recording(log.events, setup.run.artifacts)
    events = read_events(setup.source.trial_folder(TRIAL) / "events.jsonl").events
    return Recording(events, setup.source.artifacts)


def finish(bench: Workbench, state: SolveState) -> None:
    """Write the end of the trial, once."""
    if any(isinstance(event.body, TrialFinished) for event in bench.log.events):
        return
    status: Status = state["status"]  # type: ignore[assignment]
    bench.at("run", state["step"]).note(
        TrialFinished(
            status=status,
            failure=open_failure(state),
            script_sha256=state.get("script"),
            outputs=state["artifacts"] if status != "failed" else {},
        )
    )


def _interrupted(log: TrialLog, message: str) -> None:
    failure = Failure(stage="harness", name="interrupted", message=message)
    last = log.events[-1]
    log.append(Interrupted(failure=failure), node="run", step=last.step)
