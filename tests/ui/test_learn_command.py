"""`hepcoder learn`: trained once on made-up events; shown, audited, applied, tampered with."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from hepcoder.benchmarks.learning_samples import make_samples
from hepcoder.tools.learning.data.samples import gaussian_mixture
from hepcoder.ui.cli import run
from hepcoder.ui.exits import Exit

torch = pytest.importorskip("torch", reason="needs hepcoder[ml]")

EVENTS = 600
GIVEN = ["--signal", "signal.parquet", "--background", "noise=background.parquet"]
TRAIN = ["learn", "train", *GIVEN, "--model", "trees", "--model", "mlp", "--epochs", "2"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the events and, in ``learned``, what `hepcoder learn train` makes of them."""
    folder = tmp_path_factory.mktemp("trained")
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setitem(sys.modules, "onnxscript", None)  # as where it is not installed: nothing is exported
        gaussian_mixture(folder, EVENTS, 1)
        assert run([*TRAIN, "--quiet"]) == Exit.SOLVED
        yield folder


@pytest.fixture
def where(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy that a test may spoil."""
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def json_of(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def rewrite(path: Path, **columns: Any) -> None:
    """Replace columns of a Parquet file, or take them away with None."""
    table = pq.read_table(path)
    for name, values in columns.items():
        place = table.column_names.index(name)
        table = table.remove_column(place)
        if values is not None:
            table = table.add_column(place, name, pa.array(values))
    pq.write_table(table, path)


def test_the_table_tells_what_was_trained(where: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["learn", "show", "learned"]) == Exit.SOLVED
    said = capsys.readouterr().out
    learned = json.loads(Path("learned/learning.json").read_text())
    for name, one in learned["results"].items():
        (row,) = (line for line in said.splitlines()[1:3] if line.startswith(f"{name} "))
        (test,) = (split for split in one["metrics"]["splits"] if split["split"] == "test")
        assert f"{test['auc']['value']:.4f} ± {test['auc']['error']:.4f}" in row
        (point,) = (point for point in test["working_points"] if point["wanted"] == 0.5)
        assert f"{point['rejection']['value']:.1f} ± " in row
        quoted = one["cut"] and one["cut"]["quoted"]
        assert (f"{quoted['value']:.2f} ± " if quoted else " - ") in row
    assert f"{learned['results']['mlp']['parameters']:,}" in said
    assert "on the test split" in said.splitlines()[-2]

    assert run(["learn", "show", "learned", "--json"]) == Exit.SOLVED
    told = json_of(capsys)
    assert told["best"] in told["auc"]
    assert told["auc"][told["best"]] == max(told["auc"].values())
    assert told["plan"]["data"]["processes"][1]["name"] == "noise"


def test_what_is_trained_is_not_trained_again(where: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = Path("learned/mlp/weights.pt").stat().st_mtime_ns
    assert run(["learn", "train", *GIVEN, "--model", "mlp", "--epochs", "3", "--quiet"]) == Exit.USAGE
    assert "has a classifier of another plan" in capsys.readouterr().err
    assert Path("learned/mlp/weights.pt").stat().st_mtime_ns == before


def test_the_plan_is_yaml_that_is_read_back(where: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*TRAIN, "--plan-only"]) == Exit.SOLVED
    text = capsys.readouterr().out
    Path("plan.yaml").write_text(text)
    assert yaml.safe_load(text)["models"]["mlp"]["training"]["epochs"] == 2
    assert run(["learn", "train", "plan.yaml", "--plan-only"]) == Exit.SOLVED
    assert capsys.readouterr().out == text
    assert run(["learn", "train", "plan.yaml", "--plan-only", "--json"]) == Exit.SOLVED
    assert json_of(capsys) == json.loads(Path("learned/learning.json").read_text())["plan"]


def test_processes_by_name_and_by_pattern(where: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("w_1", "w_2"):
        shutil.copy("background.parquet", f"{name}.parquet")
    given = ["--signal", "signal.parquet", "--background", "wjets=w_*.parquet", "--background", "background.parquet"]
    assert run(["learn", "train", *given, "--plan-only", "--json"]) == Exit.SOLVED
    plan = json_of(capsys)
    files = {one["name"]: one["files"] for one in plan["data"]["processes"]}
    assert files["wjets"] == ["w_1.parquet", "w_2.parquet"]
    assert set(files) == {"signal", "wjets", "background"}
    assert list(plan["models"]) == ["trees", "mlp"]  # there are no lists of objects


def test_scores_of_new_events_are_those_of_the_best(where: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["learn", "apply", "learned", "signal.parquet", "-o", "new/s.parquet", "--json"]) == Exit.SOLVED
    told = json_of(capsys)
    learned = json.loads(Path("learned/learning.json").read_text())
    best = max(learned["results"], key=lambda name: learned["comparison"]["auc"][name]["value"])
    assert Path(told["classifier"]) == Path("learned") / best
    new = pq.read_table("new/s.parquet").to_pydict()
    saved = pq.read_table(f"learned/{best}/scores.parquet").to_pydict()
    known = {
        number: value
        for number, value, process in zip(saved["event_id"], saved["score_signal"], saved["process"], strict=True)
        if process == "signal"
    }
    assert new["event_id"] == pq.read_table("signal.parquet")["event_id"].to_pylist()
    assert new["score_signal"] == pytest.approx([known[one] for one in new["event_id"]], abs=1e-5)


def test_a_clean_folder_is_audited(where: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["learn", "audit", "learned", "--events"]) == Exit.SOLVED
    said = capsys.readouterr().out.splitlines()
    assert [line for line in said if line.startswith("ok ")] == [
        f"ok {name}: the scores give every reported figure" for name in ("trees", "mlp", "comparison")
    ]


def test_scores_that_were_tampered_with_are_found(where: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = Path("learned/mlp/scores.parquet")
    table = pq.read_table(path)
    better = np.where(np.array(table["label"].to_pylist()) == "signal", 0.9, 0.2).astype(np.float32)
    better += np.linspace(0, 0.05, len(better), dtype=np.float32)
    metadata = table.schema.metadata
    table = table.drop_columns(["score_signal", "score_background"])
    table = table.append_column("score_background", pa.array(1 - better)).append_column(
        "score_signal", pa.array(better)
    )
    pq.write_table(table.replace_schema_metadata(metadata), path)
    assert run(["learn", "audit", "learned", "--events", "--json"]) == Exit.FAILED
    told = json_of(capsys)
    assert told["findings"]["trees"] == []
    codes = {one["code"] for one in told["findings"]["mlp"]}
    assert {"differs", "other_scores", "too_good"} <= codes
    assert any("test.auc is claimed" in one["sentence"] for one in told["findings"]["mlp"])
    assert any("AUC of mlp" in one["sentence"] for one in told["findings"]["comparison"])


def test_a_claim_that_was_made_up_is_found(where: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = Path("learned/learning.json")
    learned = json.loads(path.read_text())
    (test,) = (one for one in learned["results"]["trees"]["metrics"]["splits"] if one["split"] == "test")
    test["auc"]["value"] += 0.02
    path.write_text(json.dumps(learned))
    assert run(["learn", "audit", "learned"]) == Exit.FAILED
    said = capsys.readouterr().out
    assert "error trees: differs: test.auc is claimed" in said
    assert "ok mlp" in said


def test_events_that_have_changed_are_found(where: Path, capsys: pytest.CaptureFixture[str]) -> None:
    values = pq.read_table("signal.parquet")["x0"].to_numpy()
    rewrite(where / "signal.parquet", x0=values + 1)
    assert run(["learn", "audit", "learned", "--events"]) == Exit.FAILED
    assert "other_events" in capsys.readouterr().out


def test_no_scores_are_no_audit(where: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("learned/mlp/scores.parquet").unlink()
    assert run(["learn", "audit", "learned"]) == Exit.FAILED
    assert "no_scores" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["show", "nowhere"], "no training has come to its end"),
        (["audit", "learned/mlp"], "has no learning.json"),
        (["apply", "nowhere", "signal.parquet"], "holds no trained classifier"),
        (["apply", "learned", "none.parquet"], "none.parquet does not exist"),
        (["apply", "learned", "signal.parquet", "--id-column", "number"], "no column 'number'"),
        (["train", "--signal", "signal.parquet"], "no background is given"),
        (["train", "--signal", "x=", "--background", "background.parquet"], "neither a file nor NAME=FILE"),
        (["train", "--signal", "z*.parquet", "--background", "background.parquet"], "no file fits the pattern"),
        (["train", "--signal", "none.parquet", "--background", "background.parquet"], "none.parquet does not exist"),
        (["train", *GIVEN, "--weight-column", "xs"], "not every file has the column 'xs'"),
        (["train", *GIVEN, "--model", "gnn"], "add inputs.objects, or take an mlp or trees"),
        (["train", "none.yaml"], "none.yaml cannot be read"),
        (["train", "signal.parquet"], "is no YAML"),
        (["train", "plan.yaml", "--epochs", "3"], "a PLAN says everything"),
        (["train", *GIVEN, "--model", "forest"], "is not one of"),
        (["scan", "learned/learning.json"], "holds no scan"),
        (["maps", "learned", "--files", "signal.parquet", "--event", "1"], "neither a Transformer nor a GNN"),
        (["maps", "learned/mlp", "--files", "signal.parquet", "--event", "1"], "neither a Transformer nor a GNN"),
    ],
)
def test_what_is_wrong_is_one_clear_line(
    where: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert run(["learn", *words]) == Exit.USAGE
    err = capsys.readouterr().err
    assert says in err
    assert "Traceback" not in err


def test_one_class_is_no_training(where: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*TRAIN, "--plan-only"]) == Exit.SOLVED
    plan = yaml.safe_load(capsys.readouterr().out)
    plan["data"]["processes"][1]["label"] = "signal"
    Path("plan.yaml").write_text(yaml.safe_dump(plan))
    assert run(["learn", "train", "plan.yaml", "--folder", "other", "--quiet"]) == Exit.USAGE
    assert "a classifier needs at least two classes" in capsys.readouterr().err


def test_a_missing_column_is_named(where: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*TRAIN, "--plan-only"]) == Exit.SOLVED
    Path("plan.yaml").write_text(capsys.readouterr().out)
    rewrite(where / "background.parquet", x2=None)
    assert run(["learn", "train", "plan.yaml", "--folder", "other", "--quiet"]) == Exit.USAGE
    assert "background.parquet of process 'noise' has no column 'x2'" in capsys.readouterr().err
    assert run(["learn", "apply", "learned", "background.parquet"]) == Exit.USAGE
    assert "has no column 'x2'" in capsys.readouterr().err


def test_a_damaged_result_is_said(where: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = Path("learned/learning.json")
    path.write_text(path.read_text()[:500])
    assert run(["learn", "show", "learned"]) == Exit.USAGE
    assert "learning.json holds no result of a training" in capsys.readouterr().err


def test_without_torch_the_way_to_it_is_said(where: Path) -> None:
    code = (
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] == 'torch': raise ImportError('no torch')\n"
        "sys.meta_path.insert(0, Missing())\n"
        "from hepcoder.ui.cli import run\n"
        "sys.exit(run(sys.argv[1:]))\n"
    )
    words = ["learn", "train", *GIVEN, "--model", "mlp", "--folder", "other"]
    ended = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    assert ended.returncode == Exit.USAGE
    assert ended.stderr.splitlines()[-1].startswith("error: neural networks need PyTorch")
    assert "Traceback" not in ended.stderr


SELECTION = """
sources: [{files: [any.lhco]}]
objects: [{kind: objects, name: photons, of: Photon, cuts: [{kind: cut, field: pt, op: ">", value: 25, unit: GeV}]}]
cuts: [{name: two photons, when: {kind: count, of: [photons], op: ">=", value: 2}}]
"""


@pytest.fixture(scope="module")
def lhco(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lhco")
    make_samples("hgg", folder, 200, 1)
    (folder / "hgg.yaml").write_text(SELECTION, encoding="utf-8")
    return folder


def selecting(folder: Path, *more: str) -> list[str]:
    given = ["--signal", f"h={folder}/signal.lhco", "--background", f"{folder}/continuum.lhco"]
    return ["learn", "select", str(folder / "hgg.yaml"), *given, "--folder", str(folder / "selected"), *more]


def test_a_selection_writes_what_is_trained_on(lhco: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--column", "met=MET.pt", "--objects", "photons=pt,eta,phi,mass", "--scale", "h=0.5"]
    assert run(selecting(lhco, *asked)) == Exit.SOLVED
    told = capsys.readouterr().out
    assert f"train on them: hepcoder learn train --signal h={lhco}/selected/h.parquet --background continuum=" in told
    table = pq.read_table(lhco / "selected" / "h.parquet")
    assert set(table.column_names) == {"event_id", "process", "weight", "met", "photons"}
    assert set(table["weight"].to_pylist()) == {0.5}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--scale", "wjets=0.5"], "--scale is for wjets, the samples are h, continuum"),
        (["--scale", "h=half"], "--scale h=half is no number"),
        (["--column", "met"], "'met' is no NAME=VALUE"),
        (["--objects", "jets=pt"], "the selection defines no objects 'jets'"),
    ],
)
def test_what_cannot_be_selected_is_told(
    lhco: Path, more: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(selecting(lhco, *more)) == Exit.USAGE
    assert told in capsys.readouterr().err
