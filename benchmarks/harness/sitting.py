"""One run of an agent within a cell: begun, or gone on with from wherever it was."""

import shutil
import threading
from dataclasses import dataclass, replace
from pathlib import Path

from hepcoder.agents.manifests import refuse_changed
from hepcoder.agents.setup import make_setup, name_inputs
from hepcoder.agents.trial import TrialSetup, run_trial
from hepcoder.benchmarks.harness.doorway import Doorway
from hepcoder.benchmarks.harness.folder import CellFolder
from hepcoder.benchmarks.harness.keeper import Keeper
from hepcoder.benchmarks.harness.matrix import Cell
from hepcoder.benchmarks.harness.outcome import end_of, events_of
from hepcoder.benchmarks.harness.purse import Purse
from hepcoder.benchmarks.harness.shared_sandbox import SharedSandbox
from hepcoder.benchmarks.harness.variants import VariantStore
from hepcoder.graphs.task import Task
from hepcoder.ledger.events import TrialFinished
from hepcoder.ledger.manifest import read_manifest
from hepcoder.ledger.runs import RunFolder
from hepcoder.sandbox.base import Sandbox


@dataclass(frozen=True)
class Tools:
    """What the cells of one process share.

    Attributes:
        variants: The data.
        sandbox: Where scripts run.
        scratch: Folder of this process in which they do.
        gate: Lets so many scripts run at once.
        doorway: Lets so many cells get ready at once.
        purse: The study's dollars; None when they have no bound.
        second_grade: Whether the script of a cell that passed runs once more on fresh data.
    """

    variants: VariantStore
    sandbox: Sandbox
    scratch: Path
    gate: threading.Semaphore
    doorway: Doorway
    purse: Purse | None
    second_grade: bool


@dataclass(frozen=True)
class Sitting:
    """What the runs of one cell have in common.

    Attributes:
        cell: The cell.
        place: Its folder.
        tools: What it works with.
        keeper: Keeps each run within the budget; its time is that of one run.
        stop: Set to stop.
    """

    cell: Cell
    place: CellFolder
    tools: Tools
    keeper: Keeper
    stop: threading.Event

    def renewed(self) -> "Sitting":
        """The same with a keeper of its own, for another run of the cell."""
        keeper = Keeper(self.keeper.pace, self.keeper.purse, self.stop)
        return replace(self, keeper=keeper)

    @property
    def sandbox(self) -> SharedSandbox:
        """The cell's share of the sandbox."""
        return SharedSandbox(self.tools.sandbox, self.tools.scratch, self.tools.gate, self.keeper.excuse)

    def begin(self, task: Task) -> TrialSetup:
        """Make a new run.

        Raises:
            HepcoderError: The task or the model cannot be used, or the disk failed.
        """
        return make_setup(
            task,
            inputs=(),
            outputs=(),
            model=self.cell.model.name,
            runs=self.place.path,
            sandbox=self.tools.sandbox,
            base_url=self.cell.model.base_url,
            record=True,
            options=self.cell.options,
        )

    def go_on(self, task: Task, run: RunFolder) -> TrialSetup:
        """Set up a run that was begun.

        Raises:
            InputError: An input is not what the run began with.
            RunError: The run's manifest is damaged.
        """
        self.keeper.ready()  # it may begin with a script that takes long
        named = name_inputs(task.inputs)
        refuse_changed(named, read_manifest(run.manifest_path).inputs)
        return TrialSetup(
            run=run,
            task=task,
            inputs=named,
            model=self.cell.model.name,
            options=self.cell.options,
            sandbox=self.tools.sandbox,
            mode="record",
            base_url=self.cell.model.base_url,
        )

    def work(self, setup: TrialSetup) -> TrialFinished | None:
        """Work on a run to its end, unless it has ended.

        Returns:
            How it ended; None when it was stopped before.

        Raises:
            HepcoderError: It cannot go on for a foreseen reason.
        """
        end = end_of(events_of(setup.run))
        if end is not None:
            return end
        shared = replace(setup, sandbox=self.sandbox)
        run_trial(shared, self.keeper.hear, self.stop, make_guard=self.keeper.make_guard)
        return end_of(events_of(setup.run))


def begun_runs(place: CellFolder) -> tuple[RunFolder, ...]:
    """The runs of a cell, oldest first; what was killed before its manifest, so before any call, is removed."""
    for run in place.runs():
        if not run.manifest_path.is_file():
            shutil.rmtree(run.path)
    return place.runs()
