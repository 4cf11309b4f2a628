"""The grades of a chain of outputs that lie in one folder, step by step and end to end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hepcoder.benchmarks.cells import GradeVerdict
from hepcoder.benchmarks.grading import Grade, grade
from hepcoder.benchmarks.harness.cascade import Step
from hepcoder.benchmarks.suites.errors import VariantError
from hepcoder.benchmarks.suites.programs import reference_source
from hepcoder.benchmarks.suites.task import BenchTask
from hepcoder.benchmarks.suites.variant import Variant, run_program


@dataclass(frozen=True)
class Chain:
    """The outputs of a cascade.

    Attributes:
        task: The cascade.
        steps: Its steps.
        variant: Its data, constants and right answers.
        outputs: Folder with the outputs of all steps that left some.
    """

    task: BenchTask
    steps: tuple[Step, ...]
    variant: Variant
    outputs: Path


@dataclass(frozen=True)
class ChainGrade:
    """What a chain is worth.

    Attributes:
        verdict: On the whole.
        reasons: Why it is not a pass, each with the name of its step.
        steps: On each step, by its number; those that could not be graded are not in it.
    """

    verdict: GradeVerdict
    reasons: tuple[str, ...]
    steps: Mapping[int, GradeVerdict]


def grade_chain(chain: Chain, left: int, why: str = "") -> ChainGrade:
    """Grade every step by the files that it was given, and the cascade's own outputs by the right answer.

    A step is graded only if the steps that wrote its inputs are right: no reference reads what nobody vouches for.

    Args:
        chain: The chain.
        left: How many steps, from the first, left all their outputs.
        why: Why the next one did not; empty when all did.
    """
    grades: dict[int, Grade] = {}
    reasons: list[str] = []
    for step in chain.steps[:left]:
        sources = [source for source in step.sources.values() if source is not None]
        wrong = [source for source in sources if source not in grades or grades[source].verdict != "pass"]
        if wrong:
            reasons.append(f"{step.task.id}: not graded, since {chain.steps[wrong[0]].task.id} is not right")
            continue
        grades[step.number] = _grade_step(chain, step)
        reasons += [f"{step.task.id}: {each}" for each in grades[step.number].reasons]
    if left < len(chain.steps):
        grades[left] = Grade(verdict="fail", reasons=(why,))
        reasons.append(f"{chain.steps[left].task.id}: {why}")
        reasons += [f"{step.task.id}: not reached" for step in chain.steps[left + 1 :]]
    verdicts = {number: found.verdict for number, found in grades.items()}
    end = grade(chain.task, chain.variant, chain.outputs) if left == len(chain.steps) else None
    if end is not None:
        reasons += [f"end to end: {each}" for each in end.reasons]
    return ChainGrade(_whole([*verdicts.values(), *([end.verdict] if end else [])]), tuple(reasons), verdicts)


def _grade_step(chain: Chain, step: Step) -> Grade:
    """Grade a step against what its reference makes of the step's own inputs."""
    variant = chain.variant.model_copy(
        update={
            "task": step.task.id,
            "task_digest": step.task.digest,
            "prompt": step.prompt(chain.variant.constants),
            "folder": chain.outputs / ".graded" / step.task.id,
            "input_names": step.task.inputs,
        }
    )
    variant.data.mkdir(parents=True)
    for name, source in step.sources.items():
        (variant.data / name).symlink_to((chain.variant.data if source is None else chain.outputs).absolute() / name)
    try:
        distance = run_program(reference_source(step.task), step.task, variant, variant.expected)
    except VariantError as error:
        return Grade(verdict="harness_error", reasons=(str(error),))
    found = grade(step.task, variant, chain.outputs)
    if found.verdict == "fail" and step.task.margin is not None and distance < step.task.margin:
        why = f"its inputs come closer than {step.task.margin} to a cut, where right answers differ"
        return Grade(verdict="harness_error", reasons=(why, *found.reasons))
    return found


def _whole(verdicts: Iterable[GradeVerdict]) -> GradeVerdict:
    found = set(verdicts)
    if "harness_error" in found:
        return "harness_error"
    return "fail" if "fail" in found else "pass"
