"""The study that ships: replayed without model and network, it gives the tables that ship with it."""

from pathlib import Path

import pytest

from hepcoder.benchmarks.harness.archive import open_study
from hepcoder.benchmarks.harness.replaying import replay_study
from hepcoder.benchmarks.report.writing import write_report

FOLDER = Path(__file__).parents[2] / "benchmarks" / "studies" / "first"


@pytest.mark.thorough
@pytest.mark.usefixtures("no_sockets")
def test_a_strict_replay_gives_the_same_tables(tmp_path: Path) -> None:
    with open_study(FOLDER / "study.tar.xz") as folder:
        title = folder.read().name
        recorded = {one.key: one for one in folder.results()}
        rows = replay_study(folder)
    assert [row.differences for row in rows if row.differences] == []
    assert not [row.skipped for row in rows if row.skipped]
    # How long it took, where it lay and what a kill cost are the recorded run's own.
    own = [recorded[row.replayed.key].model_dump(include={"seconds", "run", "calls"}) for row in rows]
    write_report([row.replayed.model_copy(update=kept) for row, kept in zip(rows, own, strict=True)], tmp_path, title)
    for name in ("cells.csv", "report.md"):
        assert (tmp_path / name).read_text() == (FOLDER / "report" / name).read_text(), name
