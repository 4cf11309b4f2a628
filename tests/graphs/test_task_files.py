"""Tasks from YAML and from text."""

from pathlib import Path

import pytest

from hepcoder.graphs.task_files import load_task
from hepcoder.ledger.errors import TaskError

COLLM = """# Physics Process: pp -> W+ W- -> l nu jj
[SELECTION_CUTS]
- exactly one lepton
[PLOTS_FOR_VALIDATION]
- [normalised] transverse mass
[OUTPUT_STRUCTURE]
- a CSV file
"""


def test_a_yaml_task_has_its_paths_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "task.yaml"
    path.write_text(
        "id: z\nprompt: Find the Z\ninputs: [data.root]\noutputs: ['result.json:mass[GeV]']\nbudget: {calls: 3}\n"
    )
    task = load_task(path)
    assert task.inputs == (tmp_path / "data.root",)
    assert task.outputs[0].fields[0].unit == "GeV"
    assert task.budget.calls == 3


def test_a_text_file_is_the_request_to_the_letter(tmp_path: Path) -> None:
    path = tmp_path / "cuts.txt"
    path.write_text(COLLM)
    assert load_task(path).prompt == COLLM


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("id: z\n", "prompt"),
        ("prompt: x\ncolour: red\n", "colour"),
        ("prompt: x\nbudget: {calls: -1}\n", "budget.calls"),
        ("- a list\n", "mapping"),
        ("prompt: [unclosed\n", "YAML"),
        ("prompt: x\nlimits: {wall_seconds: 0}\n", "limits.wall_seconds"),
        ("prompt: ''\n", "prompt"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "task.yaml"
    path.write_text(text)
    with pytest.raises(TaskError, match=named):
        load_task(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="nothing.yaml"):
        load_task(tmp_path / "nothing.yaml")
