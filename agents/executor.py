"""The executor: a script in, an execution out; no model inside."""

from typing import Literal

from hepcoder.agents.diagnosis import diagnose
from hepcoder.agents.workbench import Workbench
from hepcoder.graphs.state import SolveState
from hepcoder.ledger.events import Executed
from hepcoder.sandbox.attempts import tell
from hepcoder.sandbox.folders import remove_folder
from hepcoder.sandbox.records import Execution, Input, Job

MOST_TOLD = 20
Purpose = Literal["solve", "input_dependence", "second_derivation"]


def execute(bench: Workbench, state: SolveState) -> SolveState:
    """Run the current script in the sandbox.

    Raises:
        SandboxError: No sandbox can start.
        BudgetExceededError: No time is left.
    """
    script = bench.artifacts.get_text(state["script"])
    execution = run_script(bench, script, inputs=bench.inputs, folder_name="run")
    sha = bench.artifacts.put_text(execution.model_dump_json())
    artifacts = {item.name: item.sha256 for item in execution.artifacts}
    bench.note(executed(execution, script_sha=state["script"], sha=sha))
    changes = SolveState(execution=sha, artifacts=artifacts)
    failure = diagnose(execution, script, [item.name for item in bench.inputs])
    if failure is not None:
        changes.update(bench.failed(failure, script=state["script"]))
    return changes


def run_script(bench: Workbench, script: str, *, inputs: tuple[Input, ...], folder_name: str) -> Execution:
    """Run a script in a fresh folder and keep what it leaves in the artifact store.

    Raises:
        SandboxError: No sandbox can start.
        BudgetExceededError: No time is left.
    """
    bench.budget.check_time()
    folder = bench.work_folder(bench.step) / folder_name
    remove_folder(folder)
    folder.mkdir(parents=True)
    left = bench.budget.seconds_left()
    limits = bench.task.limits
    if left is not None:
        limits = limits.model_copy(update={"wall_seconds": min(limits.wall_seconds, max(left, 1.0))})
    execution = bench.sandbox.run(Job(script=script, folder=folder, inputs=inputs, limits=limits), cancel=bench.stop)
    for artifact in execution.artifacts:
        bench.artifacts.put_file(folder / artifact.name)
    return execution


def executed(execution: Execution, *, script_sha: str, sha: str, purpose: Purpose = "solve") -> Executed:
    """The event that tells of an execution."""
    return Executed(
        script_sha256=script_sha,
        execution_sha256=sha,
        purpose=purpose,
        outcome=execution.outcome,
        exit_code=execution.exit_code,
        wall_seconds=execution.peaks.wall_seconds,
        peak_memory_bytes=execution.peaks.memory_bytes,
        backend=execution.backend,
        artifacts={item.name: item.sha256 for item in execution.artifacts},
        attempts=tuple(tell(attempt, backend=execution.backend) for attempt in execution.attempts[:MOST_TOLD]),
    )
