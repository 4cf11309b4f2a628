"""The data contract: what is wrong with the files is said with file, process and column, before any training."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
from learning_files import BOTH, JETS, events, replaced, two_processes, write

from hepcoder.tools.learning.data.contract import check_processes, open_processes
from hepcoder.tools.learning.data.rows import ContractError, Wanted
from hepcoder.tools.learning.data.sources import open_source
from hepcoder.tools.learning.data.values import check_unique
from hepcoder.tools.learning.inputs import Inputs, ObjectList, Process, Splitting


@pytest.fixture
def processes(tmp_path: Path) -> list[Process]:
    return two_processes(tmp_path)


def with_column(name: str, change: Callable[[Any], Any]) -> Callable[[list[Process]], None]:
    """Change a column of the second file of the W+jets sample."""

    def apply(processes: list[Process]) -> None:
        path = processes[2].files[1]
        values = ak.from_parquet(path)[name].to_numpy()
        replaced(path, name, change(values.copy()))

    return apply


def at(place: int, value: float) -> Callable[[Any], Any]:
    def change(values: Any) -> Any:
        values[[place, place + 10]] = value
        return values

    return change


def truncated(processes: list[Process]) -> None:
    path = Path(processes[1].files[0])
    path.write_bytes(path.read_bytes()[:2000])


def without_events(processes: list[Process]) -> None:
    write(Path(processes[1].files[0]), {name: values[:0] for name, values in events(5, 1).items()})


def no_list(processes: list[Process]) -> None:
    path = Path(processes[2].files[1])
    columns = events(200, 4, first_id=400)
    columns["jets"] = ak.mask(columns["jets"], np.arange(200) != 17)
    write(path, columns)


FAILURES: dict[str, tuple[Callable[[list[Process]], None], str]] = {
    "missing file": (lambda some: Path(some[1].files[0]).unlink(), r"zz.parquet does not exist; the folder .* holds h"),
    "truncated file": (truncated, r"zz.parquet is no readable Parquet file"),
    "missing column": (
        with_column("met", lambda _: None),
        r"wjets_2.parquet of process 'wjets' has no column 'met'; nearest: .*ht",
    ),
    "no ids": (
        with_column("event_id", lambda _: None),
        r"wjets_2.parquet of process 'wjets' has no column 'event_id' with event ids \(nearest: .*write them with",
    ),
    "float ids": (with_column("event_id", lambda ids: ids * 1.0), r"event ids must be integers; column 'event_id'"),
    "text ids": (with_column("event_id", lambda ids: [f"e{one}" for one in ids]), "event ids must be integers"),
    "missing ids": (
        with_column("event_id", lambda ids: [None if one == 405 else int(one) for one in ids]),
        r"wjets_2.parquet of process 'wjets': event ids are missing in some events",
    ),
    "huge ids": (
        with_column("event_id", lambda ids: ids.astype(np.uint64) + np.uint64(2**63)),
        r"wjets_2.parquet of process 'wjets': event id 9223372036854776\d+ does not fit into int64",
    ),
    "ids of another file": (
        with_column("event_id", lambda ids: ids - 300),
        r"process 'wjets': 200 event ids occur more than once, the first 100 in .*_1.parquet and .*_2.parquet; one",
    ),
    "NaN": (
        with_column("met", at(23, np.nan)),
        r"wjets_2.parquet of process 'wjets': .*'met' 2 times, first in event 423",
    ),
    "infinity": (with_column("ht", at(1, np.inf)), r"'ht' 2 times, first in event 401"),
    "beyond float32": (with_column("ht", at(1, 1e300)), r"'ht' 2 times, first in event 401"),
    "NaN weight": (with_column("weight", at(0, np.nan)), r"'weight' 2 times, first in event 400"),
    "text": (with_column("met", lambda met: ["x"] * len(met)), r"column 'met' must have one number in each event"),
    "no weight": (with_column("weight", lambda _: None), r"no column 'weight'.*set weight_column=None to count"),
    "empty file": (without_events, r"zz.parquet of process 'zz' has no events; leave it out"),
    "missing list": (no_list, r"1 events have no list 'jets'; write an empty list there"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_what_is_wrong_is_named(failure: str, processes: list[Process]) -> None:
    spoil, message = FAILURES[failure]
    open_source(processes, BOTH, Splitting())
    spoil(processes)
    with pytest.raises(ContractError, match=message):
        open_source(processes, BOTH, Splitting(), in_memory=False)


def test_nan_in_a_list_is_found_in_its_event(tmp_path: Path, processes: list[Process]) -> None:
    columns = events(100, 9)
    jets = columns["jets"]
    flat = ak.flatten(jets).eta.to_numpy().copy()
    counts = ak.num(jets).to_numpy()
    event = int(np.flatnonzero(counts > 1)[5])
    flat[counts[:event].sum() + 1] = np.nan
    columns["jets"] = ak.with_field(jets, ak.unflatten(flat, counts), "eta")
    bad = processes[0].model_copy(update={"files": (write(tmp_path / "bad.parquet", columns),)})
    with pytest.raises(ContractError, match=rf"process 'higgs': .*'jets.eta' 1 times, first in event {event};"):
        check_processes([bad, *processes[1:]], JETS, Splitting())


def test_lists_of_different_length_are_told(tmp_path: Path, processes: list[Process]) -> None:
    columns = events(100, 9)
    jets = columns.pop("jets")
    columns |= {f"jets_{name}": jets[name][:, 1:] if name == "eta" else jets[name] for name in jets.fields}
    bad = processes[0].model_copy(update={"files": (write(tmp_path / "bad.parquet", columns),)})
    with pytest.raises(ContractError, match=r"'jets' has \d values of 'pt' and \d of 'eta' in one event"):
        open_source([bad, *processes[1:]], JETS, Splitting())


@pytest.mark.parametrize("name", ["event_id", "weight", "label", "Process", "is_signal", "mcWeight", "eventNumber"])
def test_what_tells_the_class_or_the_event_is_no_input(name: str, processes: list[Process]) -> None:
    with pytest.raises(ContractError, match=f"{name} among the inputs would tell a classifier"):
        check_processes(processes, Inputs(event=("met", name)), Splitting())


def test_renamed_ids_and_weights_are_no_inputs_either(processes: list[Process]) -> None:
    with pytest.raises(ContractError, match="ht among the inputs"):
        check_processes(processes, Inputs(event=("met", "ht")), Splitting(), weight_column="ht")


def test_a_field_that_is_not_there_comes_with_the_nearest(processes: list[Process]) -> None:
    wrong = Inputs(objects=(ObjectList(name="jets", fields=("pt", "btagg")),))
    with pytest.raises(ContractError, match=r"no list 'jets' with the field 'btagg'; nearest: jets[._]btag"):
        check_processes(processes, wrong, Splitting())
    with pytest.raises(ContractError, match=r"higgs.parquet of process 'higgs' has no list 'jet' .*zz.parquet of"):
        check_processes(processes, Inputs(objects=(ObjectList(name="jet", fields=("pt",)),)), Splitting())
    with pytest.raises(ContractError, match=r"'jets_pt' must have one number in each event; lists belong into"):
        check_processes(processes[1:2] + processes[:1], Inputs(event=("jets_pt",)), Splitting())


def test_one_class_and_none_are_refused(processes: list[Process]) -> None:
    with pytest.raises(ContractError, match="at least two classes, there is only 'background'"):
        check_processes(processes[1:], BOTH, Splitting())
    with pytest.raises(ContractError, match="at least two classes, there is none"):
        check_processes([], BOTH, Splitting())


def test_a_file_of_two_processes_and_processes_of_one_name_are_refused(processes: list[Process]) -> None:
    again = processes[1].model_copy(update={"files": processes[0].files, "name": "copy"})
    with pytest.raises(ContractError, match=r"higgs.parquet is given 2 times, by higgs, copy; its events would leak"):
        check_processes([*processes, again], BOTH, Splitting())
    with pytest.raises(ContractError, match="processes named twice: zz"):
        check_processes([*processes, processes[1]], BOTH, Splitting())


def test_a_split_without_events_of_a_class_is_refused(tmp_path: Path, processes: list[Process]) -> None:
    few = processes[0].model_copy(update={"files": (write(tmp_path / "few.parquet", events(3, 1)),)})
    with pytest.raises(
        ContractError, match=r"no event of class 'signal' is in the \w+ split, of 3 in higgs; give more"
    ):
        check_processes([few, *processes[1:]], BOTH, Splitting(validation=0.01))


def test_all_weights_zero_is_refused_and_negative_ones_are_reported(processes: list[Process]) -> None:
    path = processes[1].files[0]
    replaced(path, "weight", np.where(np.arange(400) % 10 == 0, -0.5, 1.0))
    report = check_processes(processes, BOTH, Splitting())
    assert [one.negative_weights for one in report.processes] == [0, 40, 0]
    assert report.processes[1].sum_of_weights == pytest.approx(360 - 20)
    assert report.notes[0] == "process 'zz': 40 of 400 events have a negative weight"
    replaced(path, "weight", np.zeros(400))
    with pytest.raises(ContractError, match="process 'zz': all weights are 0; write weights, or set weight_column"):
        check_processes(processes, BOTH, Splitting())
    assert check_processes(processes, BOTH, Splitting(), weight_column=None).processes[1].sum_of_weights == 400


def test_the_report_counts_events_weights_and_dropped_objects(processes: list[Process]) -> None:
    report = check_processes(processes, BOTH, Splitting())
    assert report.n_events == 1400 == sum(report.count(split) for split in ("train", "validation", "test"))
    for place, (seed, n) in enumerate(((1, 400), (2, 400))):
        columns = events(n, seed)
        expected = {
            "jets": sum(max(len(one) - 3, 0) for one in columns["jets"]),
            "muons": sum(max(len(one) - 2, 0) for one in columns["muons"]),
        }
        assert dict(report.processes[place].dropped) == expected
        scale = processes[place].scale
        assert report.processes[place].sum_of_weights == pytest.approx(scale * columns["weight"].sum(), rel=1e-6)


def test_duplicates_are_found_in_several_passes_too(tmp_path: Path, processes: list[Process]) -> None:
    wanted = Wanted(JETS)
    for one in open_processes(processes, wanted):
        check_unique(one, "event_id", most=37)
    replaced(processes[2].files[1], "event_id", np.append(np.arange(400, 599), 7))
    broken = open_processes(processes, wanted)[2]
    for most in (37, 100, 10_000):
        with pytest.raises(ContractError, match="process 'wjets': 1 event ids occur more than once, the first 7 in"):
            check_unique(broken, "event_id", most=most)
    replaced(processes[2].files[1], "event_id", np.append(np.arange(400, 599), 500))
    with pytest.raises(ContractError, match=r"the first 500 in \S*wjets_2.parquet; one event"):
        check_unique(open_processes(processes, wanted)[2], "event_id", most=37)


def test_files_of_other_kinds_are_refused(tmp_path: Path, processes: list[Process]) -> None:
    (tmp_path / "a.csv").write_text("met\n1\n")
    (tmp_path / "b.npz").write_text("nothing")
    np.savez(tmp_path / "c.npz", met=np.ones(3), event_id=np.arange(2))
    for name, message in (
        ("a.csv", r"a.csv is no Parquet or npz file; write it with save_selected"),
        ("b.npz", r"b.npz is no readable npz file"),
        ("c.npz", r"must have one row for each event, not {'met': 3, 'event_id': 2} rows"),
        ("nowhere/d.npz", r"d.npz does not exist; the folder .*nowhere holds nothing: there is no such folder"),
    ):
        one = processes[0].model_copy(update={"files": (str(tmp_path / name),)})
        with pytest.raises(ContractError, match=message):
            check_processes([one, *processes[1:]], Inputs(event=("met",)), Splitting())
