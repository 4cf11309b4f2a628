"""`hepcoder learn` with networks: maps of an event, scans, progress, and Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from rich.console import Console

from hepcoder.tools.learning.batches import Source
from hepcoder.tools.learning.data.samples import gaussian_mixture, jet_tagging
from hepcoder.tools.learning.data.sources import open_source
from hepcoder.tools.learning.inputs import Splitting
from hepcoder.tools.learning.models.configs import GnnConfig, TransformerConfig
from hepcoder.tools.learning.runs.presets import MODEL_NAMES, model_plan
from hepcoder.tools.learning.training.history import Epoch
from hepcoder.tools.learning.training.progress import Progress
from hepcoder.ui.cli import run
from hepcoder.ui.exits import Exit
from hepcoder.ui.learning.progress import Lines, watching
from hepcoder.ui.learning.words import ALWAYS, MODELS, ON_OBJECTS
from hepcoder.ui.text import clean

torch = pytest.importorskip("torch", reason="needs hepcoder[ml]")

GIVEN = ["--signal", "signal.parquet", "--background", "background.parquet"]


def json_of(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def saved(source: Source, config: GnnConfig | TransformerConfig, folder: Path) -> Any:
    """An untrained network in a folder."""
    from hepcoder.tools.learning.models.classifier import build
    from hepcoder.tools.learning.runs.predictors import save_predictor

    network = build(source, config, seed=1)
    save_predictor(network, folder)
    return network


def test_maps_of_an_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    torch.set_num_threads(1)
    jets = jet_tagging(tmp_path, 60, 3, backgrounds=("quark",))
    source = open_source(jets.processes, jets.inputs, Splitting())
    saved(source, TransformerConfig(layers=1, width=8, heads=2), tmp_path / "attends")
    graph = saved(source, GnnConfig(layers=1, width=8, k=3, backend="torch"), tmp_path / "graph")
    words = ["--files", "w.parquet", "--event", "7"]
    assert run(["learn", "maps", "attends", *words]) == Exit.SOLVED
    assert "wrote attends/attends_attention_7.png: attends says background 0." in capsys.readouterr().out
    assert Path("attends/attends_attention_7.png").read_bytes().startswith(b"\x89PNG")

    assert run(["learn", "maps", "graph", *words, "--to", "figures", "--json"]) == Exit.SOLVED
    (told,) = json_of(capsys)["figures"]
    assert Path(told["path"]) == Path("figures/graph_edges_7.png")
    batch = next(source.batches("train", 1000))
    row = np.flatnonzero((batch.event_id == 7) & (batch.process == source.processes.index("w")))
    if row.size:  # else the event is in another split
        expected = graph.probabilities(batch.take(row))[0]
        assert list(told["probabilities"].values()) == pytest.approx(expected.tolist(), abs=1e-5)

    for files, event, says in (
        (["w.parquet"], "1000", "there is no event 1000 in w.parquet"),
        (["w.parquet", "quark.parquet"], "7", "there are 2 events 7, in w.parquet, quark.parquet"),
    ):
        given = [word for file in files for word in ("--files", file)]
        assert run(["learn", "maps", "graph", *given, "--event", event]) == Exit.USAGE
        assert says in capsys.readouterr().err


def test_a_scan_ends_in_a_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("optuna", reason="needs hepcoder[ml]")
    monkeypatch.chdir(tmp_path)
    gaussian_mixture(tmp_path, 150, 1)
    assert run(["learn", "train", *GIVEN, "--model", "trees", "--plan-only"]) == Exit.SOLVED
    plan = yaml.safe_load(capsys.readouterr().out)
    wanted = {
        "model": {"kind": "trees", "iterations": 5},
        "space": [{"field": "model.learning_rate", "low": 0.05, "high": 0.5, "log": True}],
        "source": plan["data"],
        "trials": 2,
    }
    Path("scan.yaml").write_text(yaml.safe_dump(wanted))
    assert run(["learn", "scan", "scan.yaml", "--folder", "scanned"]) == Exit.SOLVED
    said = capsys.readouterr().out
    assert "hepcoder learn train scanned/best.yaml --folder scanned/learned" in said
    result = json.loads(Path("scanned/scan.json").read_text())
    first = next(line for line in said.splitlines() if line.split()[0] == str(result["best"]))
    assert f"{result['value']:.4f}" in first
    best = yaml.safe_load(Path("scanned/best.yaml").read_text())
    assert best["models"]["trees"]["model"] == result["model"]
    assert run(["learn", "train", "scanned/best.yaml", "--plan-only"]) == Exit.SOLVED


def test_words_are_those_of_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    assert tuple(MODELS) == MODEL_NAMES
    assert all(model_plan(name).model.kind in name for name in MODEL_NAMES)
    assert {*ALWAYS, *ON_OBJECTS} <= set(MODELS)
    assert run(["learn", "models", "--json"]) == Exit.SOLVED
    rows = {one["name"]: one for one in json_of(capsys)["models"]}
    assert rows["mlp"]["usable"]
    assert run(["learn", "models"]) == Exit.SOLVED
    assert "collm-transformer" in capsys.readouterr().out


def moments(epochs: int, seconds: float) -> list[Progress]:
    """A training of two batches an epoch that takes so many seconds an epoch."""
    found, last = [], None
    for epoch in range(1, epochs + 1):
        spent = epoch * seconds
        settings: dict[str, Any] = {"epoch": epoch, "epochs": epochs, "batches": 2, "seconds": spent}
        found.append(Progress(**settings, batch=1, seconds_left=seconds * (epochs - epoch), last=last))
        last = Epoch(
            number=epoch,
            train_loss=1.0,
            validation_loss=1 / epoch,
            auc=0.5 + epoch / 100,
            accuracy=None,
            learning_rate=0.1,
            seconds=seconds,
        )
        found.append(Progress(**settings, batch=2, seconds_left=seconds * (epochs - epoch), last=last))
    return found


def test_lines_come_now_and_then_and_at_the_end() -> None:
    text = StringIO()
    lines = Lines(Console(file=text, width=160), every_seconds=10)
    for moment in moments(9, 4.0):
        lines("mlp", moment)
    said = text.getvalue().splitlines()
    assert [line.split(" · ")[0] for line in said] == [f"mlp: epoch {n}/9" for n in (1, 4, 7, 9)]
    assert said[1] == "mlp: epoch 4/9 · validation loss 0.2500 · AUC 0.5400 · 20.0 s to go at most"


def test_bars_show_each_network() -> None:
    text = StringIO()
    console = Console(file=text, width=160, force_terminal=True, color_system=None, _environ={"TERM": "xterm"})
    with watching(console, quiet=False) as watch:
        assert watch is not None
        for name in ("mlp", "gnn"):
            for moment in moments(3, 1.0):
                watch(name, moment)
    last = clean(text.getvalue()).strip().splitlines()[-1]
    assert "mlp" in text.getvalue()
    assert "gnn" in last
    assert "epoch 3/3 · validation loss 0.3333 · AUC 0.5300" in last
    with watching(console, quiet=True) as watch:
        assert watch is None


@pytest.mark.thorough
def test_ctrl_c_leaves_the_checkpoint_and_the_same_command_goes_on(tmp_path: Path) -> None:
    gaussian_mixture(tmp_path, 12_000, 1)  # so that an epoch takes much longer than to see that it is done
    # A process that is started in the background may have been told to ignore Ctrl-C.
    listens = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"{listens}; import torch; torch.set_num_threads(1); from hepcoder.ui.cli import main; main()"
    words = ["learn", "train", *GIVEN, "--model", "mlp", "--epochs", "40", "--json"]
    options: dict[str, Any] = {"cwd": tmp_path, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    log = tmp_path / "learned" / "mlp" / "epochs.jsonl"
    with subprocess.Popen([sys.executable, "-c", code, *words], env=os.environ, **options) as process:
        while process.poll() is None and not (log.is_file() and log.read_text().count("\n") >= 2):
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == Exit.INTERRUPTED
    assert json.loads(out)["status"] == "interrupted"
    assert "run the same command again to go on" in err
    assert "Traceback" not in err
    assert (log.parent / "checkpoint.pt").is_file()
    assert not (log.parent / "result.json").exists()
    done = subprocess.run([sys.executable, "-c", code, *words], check=False, env=os.environ, **options)
    assert done.returncode == Exit.SOLVED, done.stderr
    history = json.loads((log.parent / "history.json").read_text())
    assert history["resumed"] == 1
    assert pq.read_table(log.parent / "scores.parquet").num_rows == 24_000
