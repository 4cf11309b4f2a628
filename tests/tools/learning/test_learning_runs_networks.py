"""From files to networks: resumed, exported, compared with trees on the same events."""

from pathlib import Path

import pytest

from hepcoder.tools.learning import apply_classifier, train_classifiers
from hepcoder.tools.learning.data.samples import jet_tagging
from hepcoder.tools.learning.runs.one import read_scores

pytest.importorskip("torch", reason="needs hepcoder[ml]")
pytest.importorskip("onnxruntime", reason="needs hepcoder[ml]")


@pytest.mark.thorough
def test_four_classifiers_of_jets_are_compared_on_the_same_events(tmp_path: Path) -> None:
    sample = jet_tagging(tmp_path / "data", 400, 2)
    files = {label: {one.name: one.files for one in sample.processes if (one.label == "signal") == label}
             for label in (True, False)}  # fmt: skip
    result = train_classifiers(
        files[True], files[False], tmp_path / "learned", models=["mlp", "gnn", "transformer", "trees"], epochs=2,
        inputs=sample.inputs,
    )  # fmt: skip
    assert result.comparison is not None
    assert set(result.comparison.auc) == {"mlp", "gnn", "transformer", "trees"}
    for name in ("mlp", "gnn", "transformer"):
        one = result.results[name]
        assert one.onnx_difference is not None
        assert one.onnx_difference <= 1e-5
        assert one.findings == () or all(each.severity == "warning" for each in one.findings)
    path = apply_classifier(tmp_path / "learned" / "gnn", files[True]["w"], tmp_path / "new.parquet")
    assert path.is_file()
    assert len(read_scores(tmp_path / "learned" / "mlp")) == 1200
