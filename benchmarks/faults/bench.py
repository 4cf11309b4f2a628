"""Runs the programs of the corpus in the sandbox, on data made once, and never the same program twice."""

import ast
from dataclasses import dataclass
from pathlib import Path

from hepcoder.agents.diagnosis import diagnose
from hepcoder.benchmarks.faults.contents import Contents, read_contents
from hepcoder.benchmarks.faults.data import make_data
from hepcoder.benchmarks.faults.records import Program
from hepcoder.ledger.failures import Failure
from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.folders import remove_folder
from hepcoder.sandbox.records import Input, Job, Limits
from hepcoder.tools.inspect import FileFacts, inspect_input
from hepcoder.tools.outputs import examine_outputs
from hepcoder.tools.pyfix import Known
from hepcoder.tools.source_trees import parse_module

LIMITS = Limits(wall_seconds=300.0, cpu_seconds=60.0)


@dataclass(frozen=True)
class Ran:
    """How a program ended.

    Attributes:
        failure: What an agent would be told; None when it ran and its outputs keep the contract.
        traceback: The traceback, empty when there is none.
        contents: What it wrote; None with a failure.
    """

    failure: Failure | None
    traceback: str
    contents: Contents | None


class Bench:
    """Data, facts and runs of the programs on one kind of data.

    Attributes:
        inputs: The files, as scripts see them.
        facts: What inspection says of them.
    """

    def __init__(self, sandbox: Sandbox, data: str, folder: Path) -> None:
        """Make the data.

        Args:
            sandbox: Where programs run.
            data: Name of the data.
            folder: Scratch folder of this bench alone.
        """
        self.inputs: tuple[Input, ...] = make_data(data, folder / "data")
        self.facts: tuple[FileFacts, ...] = tuple(
            inspect_input(one.path).model_copy(update={"path": one.name}) for one in self.inputs
        )
        self._sandbox = sandbox
        self._folder = folder / "run"
        self._ran: dict[tuple[str, str], Ran] = {}

    def known(self, program: Program) -> Known:
        """What the agent's rules know of a program's data and outputs."""
        return Known.of(self.facts, program.outputs)

    def run(self, program: Program, source: str) -> Ran:
        """Run a text in place of a program; one of the same syntax tree has the same end and is not run again.

        Raises:
            SandboxError: No sandbox can start.
        """
        key = (program.name, _tree(source))
        if key not in self._ran:
            self._ran[key] = self._run(program, source)
        return self._ran[key]

    def _run(self, program: Program, source: str) -> Ran:
        remove_folder(self._folder)
        self._folder.mkdir(parents=True)
        job = Job(script=source, folder=self._folder, inputs=self.inputs, limits=LIMITS)
        execution = self._sandbox.run(job)
        failure = diagnose(execution, source, [one.name for one in self.inputs])
        traceback = "" if execution.traceback is None else execution.traceback.text
        if failure is None:
            failure = next(iter(examine_outputs(self._folder, program.outputs)), None)
        contents = read_contents(self._folder, program.outputs) if failure is None else None
        return Ran(failure, traceback if failure is not None and failure.stage == "execution" else "", contents)


def _tree(source: str) -> str:
    """The syntax tree as text, with the lines of its statements, since messages name them; else the text itself."""
    try:
        return ast.dump(parse_module(source))
    except (SyntaxError, ValueError):
        return source
