"""`hepcoder bench export`: every format from the command line, opened by a reader that is not ours."""

import csv
import importlib.util
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from harness_case import CountingModel, right_script, write_task

from hepcoder.benchmarks.harness.tasks import task_of
from hepcoder.ui.cli import run
from hepcoder.ui.exits import Exit

pytestmark = pytest.mark.filterwarnings("ignore:sandbox 'none'")
CHECKOUT = Path(__file__).parent.parent.parent
EXPORT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from hepcoder.ui.cli import main; main()"
READ = """
import json, sys
from pathlib import Path
from inspect_ai.log import read_eval_log
logs = [read_eval_log(str(path)) for path in sorted(Path(sys.argv[1]).glob("*.eval"))]
for log in logs:
    samples = [[sample.id, sample.epoch, sample.scores["grade"].value] for sample in log.samples]
    accuracy = log.results.scores[0].metrics["accuracy"].value
    print(json.dumps([log.status, log.eval.model, log.eval.solver, accuracy, samples]))
"""


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two agents, two trials; the agent `single` is right in the first of its trials only."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HEPCODER_API_KEY", "sk-loopback-0123456789")
    monkeypatch.delenv("HEPCODER_BASE_URL", raising=False)
    task_of.cache_clear()
    refused = iter([True])
    model = CountingModel(lambda body: "I would rather not." if next(refused, False) else right_script(body))
    write_task(tmp_path / "tiny")
    asked = {
        "tasks": ["./tiny/count"],
        "models": [{"name": "compatible:m", "base_url": model.address}],
        "agents": ["single"],
        "trials": 2,
    }
    (tmp_path / "matrix.yaml").write_text(yaml.safe_dump(asked))
    words = ["--processes", "1", "--in-flight", "1", "--sandbox", "none", "--json"]
    assert run(["bench", "run", "matrix.yaml", *words]) == 0
    yield
    model.close()


def export(kind: str, target: str) -> None:
    assert run(["bench", "export", "--format", kind, "--to", target, "--json"]) == Exit.SOLVED


@pytest.mark.usefixtures("study")
def test_tables_and_archive_are_read_by_others(capsys: pytest.CaptureFixture[str]) -> None:
    export("csv", "cells.csv")
    with Path("cells.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    export("parquet", "cells.parquet")
    table = pq.read_table("cells.parquet").to_pylist()
    assert [row["grade"] for row in rows] == [row["grade"] for row in table] == ["fail", "pass"]
    assert [row["usd"] for row in rows] == ["", ""]  # unpriced, which is not free
    assert [row["usd"] for row in table] == [None, None]
    export("archive", "study.tar.xz")
    with tarfile.open("study.tar.xz") as archive:
        names = archive.getnames()
    assert sum(name.endswith("/result.json") for name in names) == 2
    assert sum(name.endswith("/events.jsonl") for name in names) == 2
    capsys.readouterr()
    assert run(["bench", "status", "study.tar.xz", "--json"]) == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["done"], status["passed"], status["usd"]) == (2, 1, None)


@pytest.mark.usefixtures("study")
def test_inspects_own_reader_opens_its_log(tmp_path: Path) -> None:
    python = sys.executable if importlib.util.find_spec("inspect_ai") else os.environ.get("HEPCODER_TEST_INSPECT")
    if python is None:
        pytest.skip("needs inspect_ai here, or in the Python named by HEPCODER_TEST_INSPECT, with our dependencies")
    place = tmp_path / "import"
    place.mkdir()
    (place / "hepcoder").symlink_to(CHECKOUT)
    words = ["bench", "export", "--format", "inspect", "--to", "logs", "--json"]
    told = subprocess.run(
        [python, "-c", EXPORT, str(place), *words], capture_output=True, text=True, timeout=240, check=False
    )
    assert told.returncode == Exit.SOLVED, told.stderr
    assert [Path(name).suffix for name in json.loads(told.stdout)["files"]] == [".eval"]
    read = subprocess.run([python, "-c", READ, "logs"], capture_output=True, text=True, timeout=240, check=True)
    samples = [["count", 1, "I"], ["count", 2, "C"]]
    assert json.loads(read.stdout) == ["success", "compatible/m", "single", 0.5, samples]


@pytest.mark.usefixtures("study")
def test_without_inspect_nothing_is_written_and_the_way_out_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "inspect_ai.log", None)
    assert run(["bench", "export", "--format", "inspect", "--to", "logs"]) != Exit.SOLVED
    assert "pip install inspect-ai" in capsys.readouterr().err
    assert not Path("logs").exists()


@pytest.mark.parametrize("kind", ["csv", "inspect", "archive"])
def test_no_study_is_said(tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "export", str(tmp_path / "none"), "--format", kind, "--to", str(tmp_path / "out")]) != 0
    assert "is no study" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
