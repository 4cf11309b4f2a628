"""`hepcoder select`: a selection from a file, run or printed as a script."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from selection_cases import hyy

from hepcoder.tools.samples.hyy import make_hyy_sample
from hepcoder.ui.cli import run
from hepcoder.ui.exits import Exit


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    make_hyy_sample(tmp_path / "hyy.root", n_events=400, seed=5)
    Path("hyy.yaml").write_text(yaml.safe_dump(hyy().model_dump(mode="json")))
    return tmp_path


def test_it_runs_and_the_printed_script_gives_the_same(where: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["select", "hyy.yaml", "--to", "found", "--json"]) == Exit.SOLVED
    told = json.loads(capsys.readouterr().out)
    assert Path("found/result.json") in [Path(path) for path in told["files"]]
    (flow,) = told["cutflows"].values()
    assert list(flow.values()) == sorted(flow.values(), reverse=True)
    assert run(["select", "hyy.yaml", "--script"]) == Exit.SOLVED
    (where / "script.py").write_text(capsys.readouterr().out)
    subprocess.run([sys.executable, "script.py"], check=True, capture_output=True)
    assert json.loads(Path("result.json").read_text()) == json.loads(Path("found/result.json").read_text())


def test_the_cutflow_is_told(where: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["select", str(where / "hyy.yaml"), "--to", "found", "--step-size", "150"]) == Exit.SOLVED
    said = capsys.readouterr().out.splitlines()
    assert said[0].split()[:2] == ["all", "400"]
    assert "wrote found/result.json" in said


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [", "is no YAML"),
        ("title: x", "holds no selection: sources: Field required"),
        ("sources: [{name: data, files: [none.root]}]", "none.root"),
    ],
)
@pytest.mark.usefixtures("where")
def test_what_is_wrong_is_named(text: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.yaml").write_text(text)
    assert run(["select", "bad.yaml"]) == Exit.USAGE
    assert told in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["select", "no-such.yaml"]) == Exit.USAGE
    assert "no-such.yaml cannot be read" in capsys.readouterr().err
