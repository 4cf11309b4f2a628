"""Everyone against everyone, corrected for the number of tests, with ties said to be ties."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Literal

from hepcoder.benchmarks.cells import CellKey, CellResult
from hepcoder.benchmarks.statistics.proportions import proportion
from hepcoder.benchmarks.statistics.selection import counted, counts_by_task, group_by
from hepcoder.benchmarks.statistics.stratified import (
    Difference,
    Stratum,
    difference,
    exact_cmh,
    holm,
    smallest_detectable,
)
from hepcoder.ledger.record import Record

Factor = Literal["model", "agent"]


class Pair(Record):
    """One contender against another.

    Attributes:
        a: The first, which is right at least as often.
        b: The second.
        a_right: Right trials of the first, on the tasks that both tried.
        a_n: Its trials there.
        b_right: Right trials of the second, on the same tasks.
        b_n: Its trials there.
        difference: First rate less second, or None if they have no task in common.
        n_strata: Tasks that both tried (times agents, or models, where several are pooled).
        n_informative: Of these, where the outcomes differ at all.
        p: Exact two-sided p-value stratified by task, or None if they have no task in common.
        p_holm: The same, corrected for the number of pairs in the family.
        detectable: Smallest true difference that so many trials would show in four studies of five, or None.
        differ: Whether they differ at the family's level; None if `p` is None.
    """

    a: str
    b: str
    a_right: int
    a_n: int
    b_right: int
    b_n: int
    difference: Difference | None
    n_strata: int
    n_informative: int
    p: float | None
    p_holm: float | None
    detectable: float | None
    differ: bool | None


class Family(Record):
    """All pairs that answer one question, corrected together.

    Attributes:
        factor: What is compared: ``model`` or ``agent``.
        within: The agent, or model, it is compared within, or None for all of them pooled.
        level: Chance of a false difference in the family.
        pairs: Every pair, smallest p-value first.
        tied: Largest sets of two or more of which no two differ, best first; a contender may be in several.
    """

    factor: Factor
    within: str | None
    level: float
    pairs: tuple[Pair, ...]
    tied: tuple[tuple[str, ...], ...]


def compare_by(
    cells: Sequence[CellResult], factor: Factor, *, within: str | None = None, confidence: float = 0.95
) -> Family:
    """Return all pairs of models (or agents), stratified by task.

    Args:
        cells: Last attempts with ordinary data.
        factor: ``model`` compares models within one agent; ``agent`` compares agents within one model.
        within: That agent, or model; None pools all, with the pair of task and agent (or model) as stratum.
        confidence: One less the family's level.
    """
    name: Callable[[CellKey], str] = (lambda key: key.model) if factor == "model" else (lambda key: key.agent)
    other: Callable[[CellKey], str] = (lambda key: key.agent) if factor == "model" else (lambda key: key.model)
    members = [cell for cell in counted(cells) if within is None or other(cell.key) == within]
    names = sorted({name(cell.key) for cell in members})
    by_name = group_by(members, name)
    tables = {n: _counts(by_name[n], other) for n in names}
    rates = {n: proportion(table.values()).rate or 0.0 for n, table in tables.items()}
    ranked = sorted(names, key=lambda n: (-rates[n], n))
    return make_family(tables, ranked, factor=factor, within=within, confidence=confidence)


def make_family(
    tables: Mapping[str, Mapping[tuple[str, str], tuple[int, int]]],
    ranked: Sequence[str],
    *,
    factor: Factor,
    within: str | None,
    confidence: float,
) -> Family:
    """Return all pairs of contenders, best first, from successes and trials of each in each stratum."""
    level = 1 - confidence
    couples = list(combinations(ranked, 2))
    tests = [_strata(tables[a], tables[b]) for a, b in couples]
    p_values = [exact_cmh(strata) for strata in tests]
    corrected = holm(p_values)
    pairs = [
        _pair(couple, strata, p, p_holm, n_tests=len(couples), level=level)
        for couple, strata, p, p_holm in zip(couples, tests, p_values, corrected, strict=True)
    ]
    alike = {frozenset((pair.a, pair.b)) for pair in pairs if pair.differ is False}
    ordered = sorted(pairs, key=lambda pair: (pair.p is None, pair.p, pair.a, pair.b))
    return Family(factor=factor, within=within, level=level, pairs=tuple(ordered), tied=tied_sets(ranked, alike))


def tied_sets(ranked: Sequence[str], alike: Iterable[frozenset[str]]) -> tuple[tuple[str, ...], ...]:
    """Return the largest sets of two or more contenders of which every two are alike, in the order of the ranking.

    Example:
        >>> tied_sets("ABC", [frozenset("AB"), frozenset("BC")])
        (('A', 'B'), ('B', 'C'))
    """
    edges = set(alike)
    sets: list[set[str]] = [set()]
    for name in ranked:
        friends = {other for other in ranked if frozenset((name, other)) in edges}
        sets += [members & friends | {name} for members in sets]
        sets = [s for i, s in enumerate(sets) if not any(s < t or (s == t and i > j) for j, t in enumerate(sets))]
    place = {name: i for i, name in enumerate(ranked)}
    found = [tuple(sorted(s, key=place.__getitem__)) for s in sets if len(s) > 1]
    return tuple(sorted(found, key=lambda members: [place[name] for name in members]))


_Counts = dict[tuple[str, str], tuple[int, int]]


def _counts(cells: Sequence[CellResult], other: Callable[[CellKey], str]) -> _Counts:
    groups = group_by(cells, other)
    return {(o, task): counts for o in groups for task, counts in counts_by_task(groups[o]).items()}


def _strata(
    a: Mapping[tuple[str, str], tuple[int, int]], b: Mapping[tuple[str, str], tuple[int, int]]
) -> tuple[Stratum, ...]:
    common = sorted(a.keys() & b.keys())
    return tuple(Stratum(a_right=a[s][0], a_n=a[s][1], b_right=b[s][0], b_n=b[s][1]) for s in common)


def _pair(
    names: tuple[str, str],
    strata: Sequence[Stratum],
    p: float | None,
    p_holm: float | None,
    *,
    n_tests: int,
    level: float,
) -> Pair:
    a_n, b_n = sum(s.a_n for s in strata), sum(s.b_n for s in strata)
    return Pair(
        a=names[0],
        b=names[1],
        a_right=sum(s.a_right for s in strata),
        a_n=a_n,
        b_right=sum(s.b_right for s in strata),
        b_n=b_n,
        difference=difference(strata, confidence=1 - level),
        n_strata=len(strata),
        n_informative=sum(stratum.informative for stratum in strata),
        p=p,
        p_holm=p_holm,
        detectable=smallest_detectable(a_n, b_n, tests=n_tests, level=level),
        differ=None if p_holm is None else p_holm <= level,
    )
