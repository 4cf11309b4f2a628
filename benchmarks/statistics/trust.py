"""How far an agent's own word can be trusted, and whether the controls hold."""

from collections.abc import Sequence

from hepcoder.benchmarks.cells import CellResult, Data, Status
from hepcoder.benchmarks.statistics.proportions import Proportion, proportion
from hepcoder.benchmarks.statistics.selection import counted, group_by
from hepcoder.ledger.record import Record


class Trust(Record):
    """What the agent said of its result, against the grade.

    Attributes:
        false_verified: Of the results called ``verified``, those that are wrong.
        unverified_right: Of the results called ``unverified``, those that are right.
        failed_right: Of the tasks given up as ``failed``, those whose artefacts are right all the same.
        rerun_wrong: Of the results that passed and were rerun on fresh data, those that failed there.
    """

    false_verified: Proportion
    unverified_right: Proportion
    failed_right: Proportion
    rerun_wrong: Proportion


class Control(Record):
    """What came of cells whose data is a control.

    Attributes:
        data: ``none`` (the agent got no data: a pass shows a fault of the grader) or ``null`` (nothing to be found).
        agent: The agent.
        model: The model.
        passed: Cells that were graded right. Must be 0 for ``none``.
        claimed: Cells that were graded wrong although the agent did not call them failed. For ``null`` data this is
            the rate of false discoveries.
    """

    data: Data
    agent: str
    model: str
    passed: Proportion
    claimed: Proportion


def trust(cells: Sequence[CellResult], *, confidence: float = 0.95) -> Trust:
    """Return how the agent's own status compares with the grade, over the cells that count."""
    cells = counted(cells)

    def wrong_or_right(status: Status, *, right: bool) -> Proportion:
        said = [cell for cell in cells if cell.status == status]
        return _share(said, [cell.success is right for cell in said], confidence)

    rerun = [cell for cell in cells if cell.second_grade is not None]
    return Trust(
        false_verified=wrong_or_right("verified", right=False),
        unverified_right=wrong_or_right("unverified", right=True),
        failed_right=wrong_or_right("failed", right=True),
        rerun_wrong=_share(rerun, [cell.second_grade == "fail" for cell in rerun], confidence),
    )


def controls(cells: Sequence[CellResult], *, confidence: float = 0.95) -> tuple[Control, ...]:
    """Return what came of the control cells, by kind of data, agent and model; empty if there are none."""
    groups = group_by(
        [cell for cell in counted(cells) if cell.key.data != "full"], lambda key: (key.data, key.contender)
    )
    found = []
    for (data, (agent, model)), members in sorted(groups.items()):
        passed = _share(members, [cell.success is True for cell in members], confidence)
        claimed = _share(members, [cell.success is False and cell.status != "failed" for cell in members], confidence)
        found.append(Control(data=data, agent=agent, model=model, passed=passed, claimed=claimed))
    return tuple(found)


def _share(cells: Sequence[CellResult], hits: Sequence[bool], confidence: float) -> Proportion:
    counts: dict[str, tuple[int, int]] = {}
    for cell, hit in zip(cells, hits, strict=True):
        k, n = counts.get(cell.key.full_task, (0, 0))
        counts[cell.key.full_task] = (k + hit, n + 1)
    return proportion(counts.values(), confidence=confidence)
