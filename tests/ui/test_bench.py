"""`hepcoder bench` from the command line, against a loopback model."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness_case import CountingModel, write_task

from hepcoder.benchmarks.harness.progress import Count, Progress
from hepcoder.benchmarks.harness.tasks import task_of
from hepcoder.ui.bench_live import PlainStudy, study_display
from hepcoder.ui.cli import run
from hepcoder.ui.exits import Exit
from hepcoder.ui.say import make_console

pytestmark = pytest.mark.filterwarnings("ignore:sandbox 'none'")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HEPCODER_API_KEY", "sk-loopback-0123456789")
    monkeypatch.delenv("HEPCODER_BASE_URL", raising=False)
    task_of.cache_clear()


@pytest.fixture
def model() -> Iterator[CountingModel]:
    served = CountingModel()
    yield served
    served.close()


@pytest.fixture
def matrix(tmp_path: Path, model: CountingModel) -> str:
    write_task(tmp_path / "tiny")
    entry = {"name": "compatible:m", "base_url": model.address, "price": "1,2"}
    asked = {"name": "A tiny study", "tasks": ["./tiny/count"], "models": [entry], "agents": ["plain", "single"]}
    (tmp_path / "matrix.yaml").write_text(yaml.safe_dump(asked))
    return "matrix.yaml"


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    assert run(["bench", *words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_a_study_from_plan_to_archive(
    tmp_path: Path, matrix: str, model: CountingModel, capsys: pytest.CaptureFixture[str]
) -> None:
    here = ["--processes", "1", "--sandbox", "none"]
    plan = told(capsys, "plan", matrix, "--trials", "2")
    assert (plan["missing"], plan["unpriced_cells"], plan["done"]) == (4, 0, 0)
    assert float(plan["usd"]) > 0
    assert not Path("hepcoder-study").exists()

    done = told(capsys, "run", matrix, "--trials", "2", *here)
    assert (done["done"], done["passed"], done["missing"]) == (4, 4, 0)
    assert float(done["usd"]) == pytest.approx(4 * 0.0002)
    assert told(capsys, "resume", *here)["calls"] == len(model.bodies) == 4

    plan = told(capsys, "plan", "--trials", "3")
    assert (plan["missing"], plan["done"]) == (2, 4)
    assert {line["input_tokens"] for line in plan["lines"]} == {100}
    assert told(capsys, "status")["models"]["compatible:m"]["done"] == 4

    files = [Path(name).name for name in told(capsys, "report")["files"]]
    assert "report.html" in files
    assert "A tiny study" in Path("hepcoder-report/report.html").read_text()
    told(capsys, "export", "--format", "csv", "--to", "cells.csv")
    assert Path("cells.csv").read_text().count("\n") == 5
    told(capsys, "export", "--format", "archive", "--to", "study.tar.xz")
    assert told(capsys, "status", "study.tar.xz")["done"] == 4
    assert told(capsys, "replay", "study.tar.xz", "--sandbox", "none")["different"] == 0
    assert told(capsys, "compare", "study.tar.xz", "hepcoder-study")["flips"] == []
    assert told(capsys, "regrade", "--all", "--sandbox", "none")["counts"] == {"regraded": 4}
    assert len(model.bodies) == 4


def test_people_are_told_in_words(matrix: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "plan", matrix]) == 0
    assert "2 cells to run, about $0.0" in capsys.readouterr().out
    assert run(["bench", "run", matrix, "--processes", "1", "--sandbox", "none", "--in-flight", "1"]) == 0
    said = capsys.readouterr().out
    assert "2 of 2 cells done · 2 passed · $0.0004" in said
    assert run(["bench", "status"]) == 0
    assert run(["bench", "regrade"]) == 0
    assert "no task has changed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("run",), Exit.USAGE, "nothing is asked for"),
        (("resume", "nowhere"), Exit.USAGE, "nothing is asked for"),
        (("status", "nowhere"), Exit.STORAGE, "is no study"),
        (("report", "nowhere"), Exit.STORAGE, "is no study"),
        (("run", "--model", "compatible:m", "--task", "./tiny/count"), Exit.USAGE, "needs the address of its server"),
        (("plan", "--model", "opnai:gpt-5.1", "--task", "./tiny/count"), Exit.MODEL, "did you mean openai"),
        (("plan", "--model", "scripted:x", "--suite", "nowhere"), Exit.USAGE, "there is no suite 'nowhere'"),
        (("plan", "none.yaml"), Exit.USAGE, "cannot be read"),
    ],
)
def test_bad_requests_are_one_clear_line(
    tmp_path: Path, words: tuple[str, ...], code: Exit, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_task(tmp_path / "tiny")
    assert run(["bench", *words]) == code
    err = capsys.readouterr().err
    assert said in err
    assert err.startswith("error: ")


def test_a_damaged_archive_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "study.tar.xz").write_bytes(b"not an archive")
    assert run(["bench", "status", "study.tar.xz"]) == Exit.STORAGE
    assert "is no archive of a study, or is damaged" in capsys.readouterr().err


def test_a_plain_display_says_what_is_new(capsys: pytest.CaptureFixture[str]) -> None:
    display = study_display(make_console(), quiet=False)
    assert isinstance(display, PlainStudy)
    rows = {"m": Count(cells=4, done=1, passed=1, calls=3)}
    with display:
        for seconds in (0.0, 1.0, 31.0, 62.0):
            display.show(Progress(rows["m"], rows, seconds=seconds, done_now=1))
        display.note = "pausing"
        display.show(Progress(rows["m"], rows, seconds=63.0, done_now=1))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[1].endswith("about 3:09 to go · pausing")
