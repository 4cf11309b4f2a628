"""How far a study is, read from its folder."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from hepcoder.benchmarks.harness.folder import CellFile, StudyFolder
from hepcoder.benchmarks.harness.matrix import Cell


@dataclass(frozen=True)
class Count:
    """The cells of one model, or of all.

    Attributes:
        cells: How many there are.
        done: How many have a result.
        passed: How many of these were graded a pass, also on fresh data.
        spoiled: How many of these were ended by an infrastructure failure, or by the grader.
        calls: HTTP attempts, of all attempts at these cells.
        usd: Dollars over the priced attempts at these cells; None when none is priced.
        unpriced: Attempts at these cells that hold calls without a price.
    """

    cells: int = 0
    done: int = 0
    passed: int = 0
    spoiled: int = 0
    calls: int = 0
    usd: Decimal | None = None
    unpriced: int = 0


@dataclass(frozen=True)
class Progress:
    """How far a study is.

    Attributes:
        whole: All cells.
        models: The cells of each model by its name.
        seconds: Since this sitting began; 0 when nobody is at work.
        done_now: Cells finished in this sitting.
    """

    whole: Count
    models: dict[str, Count]
    seconds: float = 0.0
    done_now: int = 0

    @property
    def eta_seconds(self) -> float | None:
        """Seconds to the end at the speed of this sitting; None before anything can be said."""
        left = self.whole.cells - self.whole.done
        if left == 0:
            return 0.0
        return None if self.done_now == 0 else left * self.seconds / self.done_now


class Tracker:
    """Follows the cells of a study; each result is read once.

    Args:
        folder: The study.
        cells: Its cells.
    """

    def __init__(self, folder: StudyFolder, cells: Sequence[Cell]) -> None:
        self._folder = folder
        self._left = list(cells)
        self._models: dict[str, Count] = {}
        for cell in cells:
            name = cell.model.name
            before = self._models.get(name, Count())
            self._models[name] = replace(before, cells=before.cells + 1)
        self._done_before = 0
        self._done_before = self.look().whole.done

    def look(self, seconds: float = 0.0) -> Progress:
        """Read what has come since the last look.

        Raises:
            RunError: A result is damaged.
        """
        left = []
        for cell in self._left:
            content = self._folder.cell(cell.digest).read()
            if content is None:
                left.append(cell)
            else:
                self._models[cell.model.name] = _with(self._models[cell.model.name], content)
        self._left = left
        whole = self._count()
        done_now = whole.done - self._done_before
        return Progress(whole=whole, models=dict(self._models), seconds=seconds, done_now=done_now)

    @property
    def left(self) -> tuple[Cell, ...]:
        """The cells that have no result."""
        return tuple(self._left)

    def _count(self) -> Count:
        return _sum(self._models.values())


def _with(count: Count, content: CellFile) -> Count:
    last = content.attempts[-1]
    priced = [Decimal(repr(attempt.usd)) for attempt in content.attempts if attempt.usd is not None]
    return replace(
        count,
        done=count.done + 1,
        passed=count.passed + (last.success is True),
        spoiled=count.spoiled + (not last.counts),
        calls=count.calls + sum(attempt.calls for attempt in content.attempts),
        usd=_add([count.usd, *priced]),
        unpriced=count.unpriced + len(content.attempts) - len(priced),
    )


def _sum(counts: Iterable[Count]) -> Count:
    total = Count()
    for count in counts:
        total = Count(
            cells=total.cells + count.cells,
            done=total.done + count.done,
            passed=total.passed + count.passed,
            spoiled=total.spoiled + count.spoiled,
            calls=total.calls + count.calls,
            usd=_add([total.usd, count.usd]),
            unpriced=total.unpriced + count.unpriced,
        )
    return total


def _add(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None
