"""Samples of the five analyses: every process is selected, and its classifier's inputs are all there."""

import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from hepcoder.benchmarks.learning_samples import ANALYSES, fields_of, inputs_for
from hepcoder.benchmarks.learning_study import main, prepared
from hepcoder.tools.learning.data.contract import check_processes
from hepcoder.tools.learning.inputs import Splitting


@pytest.mark.parametrize("name", ANALYSES)
def test_each_process_is_selected_and_can_be_trained_on(name: str, tmp_path: Path) -> None:
    processes, inputs = prepared(name, tmp_path, 150, 3)
    assert [one.name for one in processes] == ["signal", *ANALYSES[name].backgrounds]
    assert inputs == inputs_for(name)
    report = check_processes(processes, inputs, Splitting())
    assert report.n_events > 100
    table = pq.read_table(processes[0].files[0])
    assert set(table.column_names) == {"event_id", "process", "weight", "met", *fields_of(name)}


@pytest.mark.thorough
def test_the_program_prints_a_row_for_each_analysis(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["learning_study", "hgg", "jets", "--events", "300", "--models", "trees"])
    main()
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("300 events of each process")
    assert [line.split()[0] for line in told[1:] if "test events" in line] == ["hgg", "jets"]
