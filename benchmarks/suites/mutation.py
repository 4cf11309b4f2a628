"""Does the grader tell right from wrong? Every mutant must be refused, every equivalent accepted."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from hepcoder.benchmarks.grading import Grade, grade
from hepcoder.benchmarks.suites.errors import VariantError
from hepcoder.benchmarks.suites.programs import edited_source, reference_source
from hepcoder.benchmarks.suites.task import BenchTask
from hepcoder.benchmarks.suites.variant import Variant, make_variant, run_program
from hepcoder.ledger.record import Record

EditKind = Literal["mutant", "equivalent"]


class EditTrial(Record):
    """What the grader said of one edit on one seed.

    Attributes:
        name: The edit's name.
        kind: Mutant or equivalent.
        seed: Seed of the variant.
        verdict: The grade, or ``crashed`` if the edited reference did not come to its end: such a mutant shows nothing.
        reasons: The grader's reasons, or the crash.
    """

    name: str
    kind: EditKind
    seed: int
    verdict: Literal["pass", "fail", "harness_error", "crashed"]
    reasons: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether the grader judged it as it must."""
        return self.verdict == ("fail" if self.kind == "mutant" else "pass")


class MutationReport(Record):
    """All edits of one task on several seeds.

    Attributes:
        task: Name of the task, ``suite/id``.
        seeds: The seeds.
        trials: One for each edit and seed; the unchanged reference is the equivalent named ``reference``.
    """

    task: str
    seeds: tuple[int, ...]
    trials: tuple[EditTrial, ...]

    @property
    def wrong(self) -> tuple[EditTrial, ...]:
        """Mutants that were not refused, equivalents that were not accepted, and what crashed."""
        return tuple(trial for trial in self.trials if not trial.is_right)

    @property
    def n_mutants(self) -> int:
        """Number of mutants."""
        return len({trial.name for trial in self.trials if trial.kind == "mutant"})

    @property
    def n_caught(self) -> int:
        """Mutants that were refused on every seed."""
        return self.n_mutants - len({trial.name for trial in self.wrong if trial.kind == "mutant"})

    @property
    def rate(self) -> float | None:
        """Share of mutants caught on every seed, or None without mutants."""
        return self.n_caught / self.n_mutants if self.n_mutants else None


def catch_rate(task: BenchTask, seeds: Sequence[int] = (1, 2, 3)) -> MutationReport:
    """Grade every mutant and every equivalent of a task on fresh data for each seed.

    Args:
        task: The task.
        seeds: Seeds of the variants.

    Raises:
        VariantError: The task's own data or reference cannot be made.
    """
    trials: list[EditTrial] = []
    for seed in seeds:
        with tempfile.TemporaryDirectory(prefix="hepcoder-mutants-") as name:
            folder = Path(name)
            variant = make_variant(task, seed, folder)
            trials += [_tried(task, variant, name, kind, source) for name, kind, source in _edits(task)]
    return MutationReport(task=task.name, seeds=tuple(seeds), trials=tuple(trials))


def _edits(task: BenchTask) -> list[tuple[str, EditKind, str]]:
    mutants: list[tuple[str, EditKind, str]] = [(e.name, "mutant", edited_source(task, e)) for e in task.mutants]
    others: list[tuple[str, EditKind, str]] = [(e.name, "equivalent", edited_source(task, e)) for e in task.equivalents]
    return [*mutants, *others, ("reference", "equivalent", reference_source(task))]


def _tried(task: BenchTask, variant: Variant, name: str, kind: EditKind, source: str) -> EditTrial:
    outputs = variant.folder / "tried"
    try:
        run_program(source, task, variant, outputs)
    except VariantError as error:
        return EditTrial(name=name, kind=kind, seed=variant.seed, verdict="crashed", reasons=(str(error),))
    found: Grade = grade(task, variant, outputs)
    return EditTrial(name=name, kind=kind, seed=variant.seed, verdict=found.verdict, reasons=found.reasons)
