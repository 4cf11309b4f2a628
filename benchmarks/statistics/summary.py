"""A whole study in one record."""

from collections.abc import Iterable, Sequence

from hepcoder.benchmarks.cells import CellResult
from hepcoder.benchmarks.statistics.agreement import Agreement, agreement
from hepcoder.benchmarks.statistics.cautions import cautions
from hepcoder.benchmarks.statistics.comparisons import Factor, Family, compare_by
from hepcoder.benchmarks.statistics.failures import FailureTally, failures
from hepcoder.benchmarks.statistics.pareto import Pareto, pareto
from hepcoder.benchmarks.statistics.proportions import Proportion, proportion
from hepcoder.benchmarks.statistics.repeats import Repeats, repeats
from hepcoder.benchmarks.statistics.selection import (
    CellsError,
    counted,
    counts_by_task,
    final_attempts,
    group_by,
    ordinary,
    sort_key,
)
from hepcoder.benchmarks.statistics.spending import RESOURCES, Spending, spending
from hepcoder.benchmarks.statistics.trust import Control, Trust, controls, trust
from hepcoder.ledger.record import Record


class Score(Record):
    """How one agent with one model did on a set of tasks.

    Attributes:
        agent: The agent.
        model: The model.
        scope: What the tasks are: ``all``, a suite, or ``suite/task``.
        cells: Number of cells.
        infrastructure: Cells whose last attempt was ended by infrastructure.
        grader_failed: Cells that could not be graded because the grader failed.
        success: Right cells out of those that count.
        success_of_all: Right cells out of all, so that what could not be measured counts as not right.
    """

    agent: str
    model: str
    scope: str
    cells: int
    infrastructure: int
    grader_failed: int
    success: Proportion
    success_of_all: Proportion


class Contender(Record):
    """Everything about one agent with one model, over all ordinary tasks.

    Attributes:
        score: Its success.
        repeats: pass@k and pass^k for k from 1 to the largest number of trials of a task in the study.
        agreement: How alike repeated runs are.
        trust: Its own word against the grade.
        spending: What it took, all attempts paid.
    """

    score: Score
    repeats: tuple[Repeats, ...]
    agreement: Agreement
    trust: Trust
    spending: Spending


class Summary(Record):
    """What a study says.

    Attributes:
        confidence: Level of every interval.
        seed: Seed of the draws behind bootstrap intervals.
        attempts: Number of attempts.
        cells: Number of cells, controls too.
        suites: The suites.
        tasks: The tasks, as ``suite/task``.
        agents: The agents.
        models: The models.
        cautions: What weakens the study, in sentences.
        contenders: Every agent with every model that was run, most successful first.
        by_suite: Success by suite.
        by_task: Success by task.
        families: Comparisons: models for all agents pooled and within each, agents likewise.
        paretos: Success against each kind of cost.
        failures: What went wrong with ordinary data, most frequent first.
        controls: Cells with no data, and with data that has nothing in it.
    """

    confidence: float
    seed: int
    attempts: int
    cells: int
    suites: tuple[str, ...]
    tasks: tuple[str, ...]
    agents: tuple[str, ...]
    models: tuple[str, ...]
    cautions: tuple[str, ...]
    contenders: tuple[Contender, ...]
    by_suite: tuple[Score, ...]
    by_task: tuple[Score, ...]
    families: tuple[Family, ...]
    paretos: tuple[Pareto, ...]
    failures: tuple[FailureTally, ...]
    controls: tuple[Control, ...]


def summarise(cells: Iterable[CellResult], *, confidence: float = 0.95, seed: int = 0) -> Summary:
    """Return what a study says; the order of its cells does not matter.

    Args:
        cells: All attempts at all cells, controls too.
        confidence: Level of the intervals, between 0 and 1; one less the level of each family of tests.
        seed: Seed of the bootstrap.

    Raises:
        CellsError: There is no cell, or an attempt is there twice.
    """
    attempts = tuple(sorted(cells, key=lambda cell: (sort_key(cell.key), cell.attempt)))
    if not attempts:
        msg = "there is no cell to summarise; run the study first"
        raise CellsError(msg)
    final = final_attempts(attempts)
    usual = ordinary(final)
    return Summary(
        confidence=confidence,
        seed=seed,
        attempts=len(attempts),
        cells=len(final),
        suites=_names(cell.key.suite for cell in final),
        tasks=_names(cell.key.full_task for cell in final),
        agents=_names(cell.key.agent for cell in final),
        models=_names(cell.key.model for cell in final),
        cautions=cautions(attempts),
        contenders=_contenders(attempts, confidence=confidence, seed=seed),
        by_suite=_scores(usual, "suite", confidence),
        by_task=_scores(usual, "full_task", confidence),
        families=_families(usual, confidence),
        paretos=tuple(pareto(attempts, resource, confidence=confidence, seed=seed) for resource in RESOURCES),
        failures=failures(ordinary(attempts)),
        controls=controls(final, confidence=confidence),
    )


def score(cells: Sequence[CellResult], *, scope: str, confidence: float = 0.95) -> Score:
    """Return the success of one agent with one model.

    Args:
        cells: Last attempts at its cells, at least one.
        scope: What the tasks are.
        confidence: Level of the intervals.
    """
    agent, model = cells[0].key.contender
    counts = counts_by_task(cells)
    sizes = {task: len(members) for task, members in group_by(cells, lambda key: key.full_task).items()}
    of_all = [(counts.get(task, (0, 0))[0], n) for task, n in sizes.items()]
    spoiled = sum(cell.infrastructure for cell in cells)
    return Score(
        agent=agent,
        model=model,
        scope=scope,
        cells=len(cells),
        infrastructure=spoiled,
        grader_failed=len(cells) - spoiled - len(counted(cells)),
        success=proportion(counts.values(), confidence=confidence),
        success_of_all=proportion(of_all, confidence=confidence),
    )


def _contenders(attempts: Sequence[CellResult], *, confidence: float, seed: int) -> tuple[Contender, ...]:
    groups = group_by(ordinary(attempts), lambda key: key.contender)
    most = max(
        (n for members in groups.values() for _, n in counts_by_task(final_attempts(members)).values()), default=0
    )
    found = []
    for members in groups.values():
        final = final_attempts(members)
        counts = counts_by_task(final)
        found.append(
            Contender(
                score=score(final, scope="all", confidence=confidence),
                repeats=tuple(repeats(counts.values(), k) for k in range(1, most + 1)),
                agreement=agreement(final),
                trust=trust(final, confidence=confidence),
                spending=spending(members, confidence=confidence, seed=seed),
            )
        )
    return tuple(sorted(found, key=lambda c: (-(c.score.success.rate or 0.0), c.score.agent, c.score.model)))


def _scores(cells: Sequence[CellResult], by: str, confidence: float) -> tuple[Score, ...]:
    groups = group_by(cells, lambda key: (str(getattr(key, by)), key.contender))
    return tuple(score(members, scope=scope, confidence=confidence) for (scope, _), members in sorted(groups.items()))


def _families(cells: Sequence[CellResult], confidence: float) -> tuple[Family, ...]:
    agents, models = _names(cell.key.agent for cell in cells), _names(cell.key.model for cell in cells)
    factors: tuple[tuple[Factor, tuple[str, ...], tuple[str, ...]], ...] = (
        ("model", models, agents),
        ("agent", agents, models),
    )
    found = []
    for factor, names, others in factors:
        if len(names) > 1:
            withins = (None, *others) if len(others) > 1 else others
            found += [compare_by(cells, factor, within=within, confidence=confidence) for within in withins]
    return tuple(family for family in found if family.pairs)


def _names(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))
