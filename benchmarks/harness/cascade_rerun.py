"""The scripts of a cascade once more on fresh data, each on what those before it write there."""

from pathlib import Path

from hepcoder.benchmarks.harness.cascade import Step
from hepcoder.benchmarks.harness.cascade_grades import Chain, ChainGrade, grade_chain
from hepcoder.benchmarks.harness.cascade_runs import Ended
from hepcoder.benchmarks.harness.judging import run_again
from hepcoder.ledger.failures import Failure
from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.folders import remove_folder
from hepcoder.sandbox.records import Input, Job, Limits
from hepcoder.tools.safe_files import read_output


def rerun_chain(chain: Chain, ended: tuple[Ended, ...], limits: Limits | None, sandbox: Sandbox) -> ChainGrade:
    """Run the saved scripts of all steps in order, and grade what they leave.

    Args:
        chain: The steps, with fresh data; outputs go into its folder.
        ended: Run and end of each step.
        limits: Bounds on each script; None takes the sandbox's own.
        sandbox: Where they run.
    """
    for step, (run, end) in zip(chain.steps, ended, strict=True):
        folder = run.path / "fresh_data"
        paths = [
            (chain.variant.data if source is None else chain.outputs).absolute() / name
            for name, source in step.sources.items()
        ]
        job = Job(
            script=run.artifacts.get_text(end.script_sha256 or ""),
            folder=folder,
            inputs=tuple(Input(path=path, name=path.name) for path in paths),
            limits=limits or Limits(),
        )
        try:
            failed = run_again(job, sandbox)
            if failed is not None and failed.verdict == "harness_error":
                return ChainGrade("harness_error", tuple(f"{step.task.id}: {why}" for why in failed.reasons), {})
            why = _take(folder, chain.outputs, step) if failed is None else failed.reasons[0]
        finally:
            remove_folder(folder)
        if why:
            return grade_chain(chain, step.number, why)
    return grade_chain(chain, len(chain.steps))


def _take(folder: Path, outputs: Path, step: Step) -> str:
    """Copy what a step must leave, following no link; returns what is wrong with it, or an empty text."""
    for output in step.task.contract:
        content = read_output(folder, output.file)
        if isinstance(content, Failure):
            return content.message
        (outputs / output.file).parent.mkdir(parents=True, exist_ok=True)
        (outputs / output.file).write_bytes(content)
    return ""
