"""`Supervisor`: the door through which a task comes in and a solution goes out."""

import asyncio
import queue
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from hepcoder.agents.options import Options
from hepcoder.agents.replay import differences
from hepcoder.agents.setup import SandboxName, make_setup, replay_setup, resume_setup
from hepcoder.agents.solution import Solution
from hepcoder.agents.solving import load_solution, write_solution_folder
from hepcoder.agents.trial import TrialSetup, run_trial
from hepcoder.graphs.task import Task
from hepcoder.ledger.errors import RunError
from hepcoder.ledger.events import Event, TextDelta
from hepcoder.tools.contract import Output

StreamItem = Event | TextDelta | Solution


class Supervisor:
    """Solves collider-physics tasks with one model.

    Args:
        model: ``vendor:model``; None takes the first vendor whose key is set, else the embedded model.
        runs: Folder that holds the run folders; made when missing.
        sandbox: ``auto`` takes the best that works here and refuses when none does; ``none`` is unsafe and recorded.
        base_url: Another address for the vendor's API, or the address of an OpenAI-compatible server.
        record: Keep every reply, so that the run can be replayed.
        options: How long to try, and how.

    Example:
        A bare string is a task; here a script from a file plays the model::

            from hepcoder.agents import Supervisor

            solution = Supervisor("local:qwen2.5-coder-1.5b").solve(
                "Count the events with at least two muons of pt > 3 GeV",
                inputs=["nano_dimuon.root"],
                outputs=["result.json:n_selected"],
            )
            print(solution.status, solution.values)
    """

    def __init__(
        self,
        model: str | None = None,
        *,
        runs: Path | str = "hepcoder-runs",
        sandbox: SandboxName = "auto",
        base_url: str | None = None,
        record: bool = True,
        options: Options | None = None,
    ) -> None:
        self._model = model
        self._runs = Path(runs).absolute()
        self._sandbox: SandboxName = sandbox
        self._base_url = base_url
        self._record = record
        self._options = options or Options()

    def solve(
        self, task: Task | str, *, inputs: Sequence[Path | str] = (), outputs: Sequence[Output | str] = ()
    ) -> Solution:
        """Solve a task and return when it has ended.

        Args:
            task: A task, or the request in plain language.
            inputs: Input files, added to those of the task.
            outputs: Required outputs, such as ``result.json:n_selected,mean_mass[GeV]``, added to those of the task.

        Returns:
            The solution, also when the task failed; its `status` says which.

        Raises:
            TaskError: An input or output cannot be used; nothing was sent to a model.
            ModelNotFoundError: The model is unknown.
            CredentialError: The model's key is missing.
            SandboxError: No sandbox can start.
            RunError: The runs folder cannot be written.
            StorageError: The disk is full or gone; the run can be resumed.
        """
        return _last(self.stream(task, inputs=inputs, outputs=outputs))

    async def asolve(
        self, task: Task | str, *, inputs: Sequence[Path | str] = (), outputs: Sequence[Output | str] = ()
    ) -> Solution:
        """As `solve`, without blocking the event loop; cancelling it stops the trial, which can then be resumed."""
        stop = threading.Event()
        stream = self._run(self._setup(task, inputs, outputs), stop)
        work = asyncio.get_running_loop().run_in_executor(None, _last, stream)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            stop.set()
            raise

    def stream(
        self, task: Task | str, *, inputs: Sequence[Path | str] = (), outputs: Sequence[Output | str] = ()
    ) -> Iterator[StreamItem]:
        """As `solve`, yielding every event as it happens; the last item is the `Solution`.

        Closing the iterator, or Ctrl-C, stops the trial cleanly: it can be resumed.
        """
        return self._run(self._setup(task, inputs, outputs), threading.Event())

    def resume(self, run: str) -> Iterator[StreamItem]:
        """Go on with a run that was stopped or killed, without repeating a recorded call.

        A run that has ended yields just its solution.

        Raises:
            RunError: There is no such run, or another process is working on it.
        """
        return self._run(resume_setup(self._runs, run, sandbox=self._sandbox), threading.Event())

    def replay(self, run: str) -> Iterator[StreamItem]:
        """Do a recorded run again in a new folder, answering every call from the recording; no socket is opened.

        The solution names every difference to the recorded run.

        Raises:
            RunError: There is no such run, or it was not recorded.
            InputError: An input file is missing or has another digest than when it was recorded.
            ReplayMissError: The recording does not hold a request.
        """
        return self._run(replay_setup(self._runs, run, sandbox=self._sandbox), threading.Event())

    def _setup(self, task: Task | str, inputs: Sequence[Path | str], outputs: Sequence[Output | str]) -> TrialSetup:
        return make_setup(
            task,
            inputs=inputs,
            outputs=outputs,
            model=self._model,
            runs=self._runs,
            sandbox=self._sandbox,
            base_url=self._base_url,
            record=self._record,
            options=self._options,
        )

    def _run(self, setup: TrialSetup, stop: threading.Event) -> Iterator[StreamItem]:
        yield from _events(setup, stop)
        write_solution_folder(setup.run, setup.inputs)
        solution = load_solution(setup.run)
        if setup.source is not None:
            solution = solution.model_copy(update={"replay_differences": differences(setup.source, setup.run)})
        yield solution


def _events(setup: TrialSetup, stop: threading.Event) -> Iterator[Event | TextDelta]:
    """Run the trial in a thread of its own, so that the caller can stop it at any moment."""
    items: queue.SimpleQueue[Event | TextDelta | None] = queue.SimpleQueue()
    errors: list[BaseException] = []

    def work() -> None:
        try:
            run_trial(setup, items.put, stop)
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread below
            errors.append(error)
        finally:
            items.put(None)

    worker = threading.Thread(target=work, name=f"hepcoder-{setup.run.id}")
    worker.start()
    try:
        while (item := items.get()) is not None:
            yield item
    finally:
        stop.set()
        worker.join()
    if errors:
        raise errors[0]


def _last(stream: Iterator[StreamItem]) -> Solution:
    *_, item = stream
    if not isinstance(item, Solution):
        message = "the trial ended without a solution"
        raise RunError(message)
    return item
