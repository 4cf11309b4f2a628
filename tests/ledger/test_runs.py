"""Run folders: made, listed and found again."""

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepcoder.ledger.errors import RunError
from hepcoder.ledger.events import NodeStarted
from hepcoder.ledger.log import TrialLog
from hepcoder.ledger.runs import RunFolder, list_runs

MOMENT = datetime(2026, 3, 4, 5, 6, 7, 89_000, tzinfo=UTC)

MAKER = """
import sys
from pathlib import Path
from hepcoder.ledger.runs import RunFolder
for _ in range(20):
    print(RunFolder.create(Path(sys.argv[1]), "both").id)
"""


def _make(root: Path, *names: str) -> list[RunFolder]:
    return [RunFolder.create(root, name, now=MOMENT + timedelta(seconds=n)) for n, name in enumerate(names)]


@given(st.text())
@settings(max_examples=50, deadline=None)
def test_any_name_makes_a_run_that_is_found(name: str) -> None:
    with TemporaryDirectory() as folder:
        run = RunFolder.create(Path(folder), name, now=MOMENT)
        assert re.fullmatch(r"20260304T050607\.089Z-[a-z0-9-]{1,40}-[0-9a-f]{4}", run.id)
        assert list_runs(Path(folder)) == (run,)
        assert RunFolder.find(Path(folder), run.id) == run == RunFolder.find(Path(folder), run.id[:8])


def test_the_id_is_in_utc_whatever_the_zone_of_the_clock(tmp_path: Path) -> None:
    there = MOMENT.astimezone(timezone(timedelta(hours=9)))
    assert RunFolder.create(tmp_path, "H to gamma gamma!", now=there).id[:-5] == "20260304T050607.089Z-h-to-gamma-gamma"


def test_runs_are_listed_newest_first_and_foreign_folders_left_out(tmp_path: Path) -> None:
    runs = _make(tmp_path, "b", "a", "c")
    (tmp_path / "notes").mkdir()
    (tmp_path / "20260304T050607.089Z-half-made-0000").mkdir()
    (tmp_path / "file.txt").write_text("")
    assert list_runs(tmp_path) == tuple(reversed(runs))
    assert RunFolder.find(tmp_path, "last") == runs[-1]
    assert list_runs(tmp_path / "absent") == ()


def test_what_does_not_name_one_run_is_said_with_near_ones(tmp_path: Path) -> None:
    first, second = _make(tmp_path, "dimuon", "jets")
    with pytest.raises(RunError, match=rf"2 runs in .* begin with '2026': .*{second.id}.*{first.id}"):
        RunFolder.find(tmp_path, "2026")
    with pytest.raises(RunError, match=rf"no run in .* is called '{first.id}x'; near ones: {first.id}"):
        RunFolder.find(tmp_path, first.id + "x")
    with pytest.raises(RunError, match=rf"is called 'jets'; near ones: .*{second.id}"):
        RunFolder.find(tmp_path, "jets")
    with pytest.raises(RunError, match="there are no runs in"):
        RunFolder.find(tmp_path / "absent", "last")


def test_trials_are_those_with_a_log(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, "demo")
    assert run.trials() == ()
    for trial in ("t2", "t1"):
        with TrialLog(run.trial_folder(trial), trial) as log:
            log.append(NodeStarted(), node="run", step=0)
    (run.path / "trials" / "empty").mkdir()
    assert run.trials() == ("t1", "t2")
    assert run.manifest_path.parent == run.path
    sha = run.artifacts.put_text("x")
    assert (run.path / "artifacts" / sha).read_text() == "x"


@pytest.mark.parametrize("trial", ["", "..", "a/b", "/etc", ".hidden", "a\n", "x" * 200])
def test_a_trial_cannot_leave_the_run(tmp_path: Path, trial: str) -> None:
    with pytest.raises(RunError, match="cannot name a trial"):
        RunFolder(tmp_path).trial_folder(trial)


def test_a_root_that_cannot_be_written_is_named(read_only: Path) -> None:
    with pytest.raises(RunError, match=f"{read_only}: Permission denied"):
        RunFolder.create(read_only, "demo")
    with pytest.raises(RunError, match="Permission denied"):
        RunFolder.create(read_only / "runs", "demo")


def test_a_root_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(RunError, match="runs"):
        RunFolder.create(tmp_path / "runs", "demo")
    with pytest.raises(RunError, match="Not a directory"):
        list_runs(tmp_path / "runs")


def test_two_processes_share_a_root(tmp_path: Path) -> None:
    makers = [
        subprocess.Popen([sys.executable, "-c", MAKER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    made = [line for maker in makers for line in maker.communicate()[0].split()]
    assert [maker.returncode for maker in makers] == [0, 0]
    assert len(set(made)) == 40
    assert {run.id for run in list_runs(tmp_path)} == set(made)
