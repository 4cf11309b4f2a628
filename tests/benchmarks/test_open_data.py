"""The graders tell right from wrong, and the recorded runs of the embedded model replay and grade as recorded."""

import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hepcoder.agents import Solution, Supervisor
from hepcoder.benchmarks.open_data import grading
from hepcoder.benchmarks.open_data.cases import CASES, Case
from hepcoder.benchmarks.open_data.grading import grade
from hepcoder.ledger.manifest import read_manifest, write_manifest
from hepcoder.ledger.secrets import find_secrets

RECORDINGS = Path(__file__).parent.parent / "recordings"
REFERENCES = {name: cache(reference) for name, reference in grading._REFERENCES.items()}
NUMBERS = ("dimuon", "electrons")
SPECTRA = {
    "jets": ("jets.npz", np.arange(-0.5, 13.5)),
    "muons": ("muons.npz", np.arange(0, 7)),
    "leading_muon": ("spectrum.npz", np.linspace(0, 200, 51)),
}
OpenData = Callable[[str], Path]


@pytest.fixture(autouse=True)
def each_reference_runs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """They read every event in plain Python."""
    monkeypatch.setattr(grading, "_REFERENCES", REFERENCES)


@pytest.mark.open_data
@pytest.mark.parametrize("case", NUMBERS)
def test_numbers_are_graded(case: str, open_data: OpenData, tmp_path: Path) -> None:
    data = open_data("nano_dimuon.root").parent
    right = REFERENCES[case](data)
    (tmp_path / "result.json").write_text(json.dumps(right))
    assert grade(case, tmp_path, data).right
    for name, value in right.items():
        for wrong in (value * 1.01 + 1, 0, None, str(value)):
            (tmp_path / "result.json").write_text(json.dumps({**right, name: wrong}))
            assert not grade(case, tmp_path, data).right


@pytest.mark.open_data
@pytest.mark.parametrize("case", SPECTRA)
def test_histograms_are_graded(case: str, open_data: OpenData, tmp_path: Path) -> None:
    data = open_data("nano_dimuon.root").parent
    file, edges = SPECTRA[case]
    values = np.asarray(REFERENCES[case](data), float)

    def graded(filled: "np.ndarray[Any, Any]", bins: "np.ndarray[Any, Any]") -> bool:
        counts, _ = np.histogram(filled, bins=bins)
        np.savez(tmp_path / file, counts=counts, edges=bins)
        return grade(case, tmp_path, data).right

    assert graded(values, edges)
    assert not graded(values + 1, edges)
    assert not graded(values[: len(values) // 2], edges)
    assert not graded(np.repeat(values, 2), edges)
    assert not graded(values, np.array([edges[0], edges[len(edges) // 2], edges[-1]]))
    assert not graded(values, edges + 1000)


@pytest.mark.open_data
def test_a_missing_output_is_wrong_and_not_a_crash(open_data: OpenData, tmp_path: Path) -> None:
    data = open_data("nano_dimuon.root").parent
    assert not any(grade(case.id, tmp_path, data).right for case in CASES)


@pytest.mark.open_data
@pytest.mark.usefixtures("no_sockets")
@pytest.mark.parametrize(
    "case",
    [case if case.id in {"jets", "leading_muon"} else pytest.param(case, marks=pytest.mark.thorough) for case in CASES],
    ids=lambda case: case.id,
)
def test_a_recorded_run_replays_to_the_same_result(case: Case, open_data: OpenData, tmp_path: Path) -> None:
    solution = replay(case, open_data(case.file), tmp_path)
    assert solution.replay_differences == ()
    recorded = json.loads((RECORDINGS / "grades.json").read_text())[case.id]
    assert solution.status == recorded["status"]
    found = grade(case.id, solution.folder / "solution", open_data(case.file).parent)
    assert (solution.status != "failed" and found.right) == recorded["right"]


def replay(case: Case, file: Path, tmp_path: Path) -> Solution:
    """Replay a recording from a copy whose input lies where it lies on this machine."""
    manifest = read_manifest(RECORDINGS / case.id / "manifest.json")
    run = tmp_path / "runs" / manifest.run
    shutil.copytree(RECORDINGS / case.id, run)
    task = {**manifest.task, "inputs": [str(file)]}
    write_manifest(run / "manifest.json", manifest.model_copy(update={"task": task}))
    *_, solution = Supervisor(runs=tmp_path / "runs").replay(manifest.run)
    assert isinstance(solution, Solution)
    return solution


def test_no_recording_holds_a_secret() -> None:
    assert find_secrets(RECORDINGS) == ()
