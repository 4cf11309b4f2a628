"""A cascade as a Snakemake workflow: all rules run, a failed one is done again, its origin is known."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from cascade_case import write_suite
from solving_case import fenced

from hepcoder.benchmarks.harness.tasks import steps_of, task_of
from hepcoder.ui.cli import run
from hepcoder.ui.exits import Exit

pytestmark = pytest.mark.filterwarnings("ignore:sandbox 'none'")
needs_snakemake = pytest.mark.skipif(
    importlib.util.find_spec("snakemake") is None, reason="needs Snakemake: pip install 'hepcoder[workflow]'"
)
FIXED = {"constants": {"threshold": [40]}}
ANY_STEP = """
import csv
import json
import os

def column(name, field):
    with open(name) as file:
        return [float(row[field]) for row in csv.DictReader(file)]

if os.path.exists("sums.csv"):
    with open("result.json", "w") as file:
        json.dump({"mean": column("sums.csv", "total")[0] / column("sums.csv", "n")[0]}, file)
elif os.path.exists("picked.csv"):
    values = column("picked.csv", "value")
    with open("sums.csv", "w") as file:
        file.write("n,total\\n" + f"{len(values)},{sum(values)!r}\\n")
else:
    kept = [value for value in column("values.csv", "value") if value > 40]
    with open("picked.csv", "w") as file:
        file.write("value\\n" + "".join(f"{value!r}\\n" for value in kept))
"""
FAILS_AT_ADD = ANY_STEP.replace("    values = column", "    raise RuntimeError('no')\n    values = column")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    task_of.cache_clear()
    steps_of.cache_clear()
    suite = write_suite(tmp_path, pick=FIXED, whole=FIXED)
    speak(tmp_path, ANY_STEP)
    model = ["--model", f"scripted:{tmp_path / 'replies.yaml'}", "--sandbox", "none", "--max-calls", "9"]
    assert run(["workflow", "write", str(suite / "whole"), "--to", str(tmp_path / "flow"), *model]) == Exit.SOLVED
    return tmp_path / "flow"


def speak(where: Path, script: str) -> None:
    (where / "replies.yaml").write_text(yaml.safe_dump({"replies": ["plan", fenced(script)]}))


def snakemake(folder: Path, *words: str, code: int = 0) -> str:
    environment = {**os.environ, "HOME": str(folder.parent), "XDG_CACHE_HOME": str(folder.parent / "cache")}
    command = [sys.executable, "-m", "snakemake", "--nocolor", *words]
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    logs = "".join(path.read_text() for path in folder.glob("logs/*.txt"))
    assert ended.returncode == code, ended.stdout + ended.stderr + logs
    return ended.stdout + ended.stderr


def done_rules(said: str) -> list[str]:
    return [line.split()[-1].rstrip(":") for line in said.splitlines() if line.startswith(("rule ", "localrule "))]


def runs_of(folder: Path) -> dict[str, int]:
    return {path.name: len(list(path.iterdir())) for path in sorted(folder.glob("runs/*"))}


def test_a_workflow_holds_all_that_is_asked(folder: Path) -> None:
    settings = yaml.safe_load((folder / "config.yaml").read_text())
    assert settings["steps"]["add"] == {
        "task": "tasks/add.yaml",
        "inputs": ["results/pick/picked.csv"],
        "outputs": ["results/add/sums.csv"],
    }
    assert "value > 40 GeV" in yaml.safe_load((folder / "tasks" / "pick.yaml").read_text())["prompt"]
    assert {path.name for path in folder.iterdir()} == {"Snakefile", "config.yaml", "data", "profiles", "tasks"}
    assert run(["workflow", "write", "adl/q1", "--to", str(folder.parent / "other")]) == Exit.USAGE
    assert run(["workflow", "write", str(folder.parent / "chain" / "whole"), "--to", str(folder)]) == Exit.USAGE
    assert run(["workflow", "grade", str(folder)]) == Exit.SOLVED


def test_real_data_are_linked_and_not_graded(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = folder.parent / "real"
    words = ["workflow", "write", str(folder.parent / "chain" / "whole"), "--data", str(folder / "data")]
    assert run([*words, "--to", str(where), "--model", "scripted:x"]) == Exit.SOLVED
    assert (where / "data" / "values.csv").resolve() == folder / "data" / "values.csv"
    assert yaml.safe_load((where / "config.yaml").read_text())["graded"] is False
    assert run(["workflow", "grade", str(where)]) == Exit.USAGE
    assert "nothing to grade it by" in capsys.readouterr().err
    request = ["--to", str(folder.parent / "set"), "--model", "scripted:x", "--set"]
    assert run([*words, *request, "threshold=55"]) == Exit.SOLVED
    assert "value > 55 GeV" in (folder.parent / "set" / "tasks" / "pick.yaml").read_text()
    request[1] += "2"
    assert run([*words, *request, "mass=125"]) == Exit.USAGE
    assert "has no constant mass; there are threshold" in capsys.readouterr().err
    assert run([*words, *request, "mass"]) == Exit.USAGE
    (folder.parent / "empty").mkdir()
    words[-1] = str(folder.parent / "empty")
    assert run([*words, "--to", str(folder.parent / "none")]) == Exit.USAGE
    assert "has no values.csv" in capsys.readouterr().err


def test_a_step_that_was_cut_is_gone_on_with(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    words = ["workflow", "step", "tasks/pick.yaml", "--input", "data/values.csv", "--to", "out", "--runs", "runs/pick"]
    words += ["--model", f"scripted:{folder.parent / 'replies.yaml'}", "--sandbox", "none"]
    assert run([*words, "--max-calls", "0"]) == Exit.BUDGET
    assert run(words) == Exit.SOLVED
    assert len(list(Path("runs/pick").iterdir())) == 2
    (last,) = Path("runs/pick").glob("*/delivered")
    last.unlink()  # as if killed before its outputs were put in place
    Path("out/picked.csv").unlink()
    assert run(words) == Exit.SOLVED
    assert Path("out/picked.csv").is_file()
    assert len(list(Path("runs/pick").iterdir())) == 2
    assert run(words) == Exit.SOLVED
    assert len(list(Path("runs/pick").iterdir())) == 3
    assert json.loads(Path("out/solution.json").read_text())["totals"]["attempts"] == 2


@needs_snakemake
@pytest.mark.thorough
def test_all_rules_run_and_a_failed_one_is_done_again_alone(folder: Path) -> None:
    speak(folder.parent, FAILS_AT_ADD)
    said = snakemake(folder, code=1)
    assert done_rules(said) == ["pick", "add"]
    assert runs_of(folder) == {"add": 1, "pick": 1}
    assert not (folder / "results" / "add" / "sums.csv").exists()

    speak(folder.parent, ANY_STEP)
    said = snakemake(folder)
    assert done_rules(said) == ["add", "mean", "grade", "all"]
    assert runs_of(folder) == {"add": 2, "mean": 1, "pick": 1}
    found = json.loads((folder / "results" / "grade.json").read_text())
    assert found == {"verdict": "pass", "steps": dict.fromkeys(("pick", "add", "mean"), "pass"), "reasons": []}

    rows = [line.split("\t") for line in snakemake(folder, "--summary").splitlines() if line.startswith("results/")]
    assert {row[0]: row[2] for row in rows}["results/add/sums.csv"] == "add"
    assert {row[-1] for row in rows} == {"no update"}
