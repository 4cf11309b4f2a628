"""The end of a trial as it is printed."""

from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from hepcoder.agents.solution import CutflowRow, Solution
from hepcoder.ledger.events import Evidence
from hepcoder.ledger.failures import Failure
from hepcoder.ledger.totals import Totals
from hepcoder.ui.outcome import print_solution, run_alone, totals_line


def printed(solution: Solution) -> str:
    out = StringIO()
    print_solution(Console(file=out, width=100, markup=False, highlight=False), solution)
    return out.getvalue()


def make_solution(**fields: object) -> Solution:
    folder = Path("/runs/with blank/r1")
    defaults: dict[str, object] = {
        "run": "r1",
        "folder": folder,
        "status": "unverified",
        "model": "local:m",
        "script_path": folder / "solution" / "script.py",
        "outputs": {name: folder / "solution" / name for name in ("result.json", "mass.png")},
        "values": {"n_selected": 4312, "mean_mass": 121.0938471},
        "cutflow": (CutflowRow(name="all", n_events=20000), CutflowRow(name="two photons", n_events=5000)),
        "evidence": (Evidence(name="contract", outcome="pass", detail="2 files"),),
        "totals": Totals(calls=1, attempts=1, unpriced_attempts=1, executions=1),
        "seconds": 72.0,
    }
    return Solution.model_validate({**defaults, **fields})


def test_everything_a_user_needs_is_there() -> None:
    text = printed(make_solution())
    for wanted in (
        "nothing vouches for the physics",
        "two photons",
        "25.0%",
        "n_selected  4312",
        "mean_mass   121.094",
        "✓ contract: 2 files",
        "figure     /runs/with blank/r1/solution/mass.png",
        "script     /runs/with blank/r1/solution/script.py",
        "cd '/runs/with blank/r1/solution' && python script.py",
        "1 call · 0 tokens in, 0 out · unpriced · 1 run · model 0.0 s of 1:12",
    ):
        assert wanted in text


def test_a_failed_trial_says_where_and_why() -> None:
    failure = Failure(stage="output", name="missing", message="mass.png was not written", line=None)
    text = printed(
        make_solution(status="failed", failure=failure, outputs={}, values={}, cutflow=None, script_path=None)
    )
    assert "failed" in text
    assert "output.missing: mass.png was not written" in text
    assert "figure" not in text


def test_a_stopped_trial_is_not_called_failed() -> None:
    failure = Failure(stage="harness", name="interrupted", message="resume it")
    text = printed(make_solution(status="failed", failure=failure))
    assert "stopped" in text
    assert "failed" not in text


def test_differences_of_a_replay_are_named() -> None:
    assert "differs    scripts: recorded a" in printed(
        make_solution(replay_differences=("scripts: recorded a, replayed b",))
    )


def test_untrusted_text_cannot_leave_its_line() -> None:
    evil = "\x1b[2J[red]x\n\nunverified"
    text = printed(
        make_solution(values={evil: evil}, cutflow=(CutflowRow(name=evil, n_events=0),), outputs={evil: Path(evil)})
    )
    assert "\x1b" not in text
    assert "[red]x" in text


@pytest.mark.parametrize(
    ("totals", "wanted"),
    [
        (Totals(usd=Decimal("0.5")), "$0.5000"),
        (Totals(usd=Decimal("0.5"), unpriced_attempts=2), "$0.5000 + 2 unpriced"),
        (Totals(unpriced_attempts=2), "unpriced"),
        (Totals(failed_attempts=1, lost_attempts=2), "(1 attempt failed, 2 cut off)"),
        (Totals(cache_read_tokens=5, reasoning_tokens=7), "(5 cached, 7 reasoning)"),
    ],
)
def test_totals(totals: Totals, wanted: str) -> None:
    assert wanted in totals_line(totals, 1.0)


def test_the_command_to_run_a_script_is_quoted() -> None:
    assert run_alone(Path("/a b/it's/script.py")) == """cd '/a b/it'"'"'s' && python script.py"""


def test_what_scripts_tried_is_told() -> None:
    attempts = ("the script tried to read ~/.ssh/id_rsa (refused)", "the script tried to reach h:80\x1b[2J (refused)")
    text = printed(make_solution(attempts=attempts))
    assert "noticed    the script tried to read ~/.ssh/id_rsa (refused)\n" in text
    assert "the script tried to reach h:80 (refused)\n" in text
    assert "noticed" not in printed(make_solution())
