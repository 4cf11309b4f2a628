"""Does a second run give the same: script, results, outcome?"""

from collections.abc import Callable, Hashable, Iterable
from itertools import combinations

from hepcoder.benchmarks.cells import CellResult
from hepcoder.benchmarks.statistics.selection import counted, group_by
from hepcoder.ledger.record import Record


class PairShare(Record):
    """How many pairs of runs agree.

    Attributes:
        agreeing: Pairs that agree.
        pairs: Pairs that can be compared.
        share: The mean over groups of comparable runs of the share of their pairs that agree, or None for no pairs.
    """

    agreeing: int
    pairs: int
    share: float | None


class Agreement(Record):
    """How alike repeated runs of one agent with one model are.

    Attributes:
        scripts: Pairs with the same task, seed and data whose final scripts are the same to the byte. A pair of which
            one has no script disagrees; of which both have none, is left out.
        results: The same for the graded artefacts.
        outcomes: Pairs with the same task, whatever the seed, that are both right or both wrong.
    """

    scripts: PairShare
    results: PairShare
    outcomes: PairShare


def agreement(cells: Iterable[CellResult]) -> Agreement:
    """Return how alike the runs of one agent with one model are, over the cells that count.

    Trials with different seeds ask for different numbers, so scripts and results can be compared only among trials
    that repeat a seed; without such the share is None.
    """
    cells = counted(cells)
    same_seed = tuple(group_by(cells, lambda key: (key.contender, key.full_task, key.seed, key.data)).values())
    same_task = tuple(group_by(cells, lambda key: (key.contender, key.full_task, key.data)).values())
    return Agreement(
        scripts=_share(same_seed, lambda cell: cell.script_sha256),
        results=_share(same_seed, lambda cell: cell.results_sha256),
        outcomes=_share(same_task, lambda cell: cell.success),
    )


def _share(groups: Iterable[tuple[CellResult, ...]], of: Callable[[CellResult], Hashable]) -> PairShare:
    shares, agreeing, pairs = [], 0, 0
    for group in groups:
        values = [(of(a), of(b)) for a, b in combinations(group, 2)]
        equal = [a == b for a, b in values if a is not None or b is not None]
        if equal:
            shares.append(sum(equal) / len(equal))
            agreeing, pairs = agreeing + sum(equal), pairs + len(equal)
    return PairShare(agreeing=agreeing, pairs=pairs, share=sum(shares) / len(shares) if shares else None)
