"""Writing: columns, ids, process and weights of selected events; lists stay lists; from a selection of all samples."""

from pathlib import Path

import awkward as ak
import numpy as np
import pyarrow.parquet as pq
import pytest
import uproot
from learning_files import FIELDS, events, in_order
from selection_cases import count, cut, field, hyy, leading, objects

from hepcoder.ledger.errors import InputError
from hepcoder.tools.events import read_events
from hepcoder.tools.learning.data.event_ids import mixed_ids
from hepcoder.tools.learning.data.new_files import new_events
from hepcoder.tools.learning.data.rows import ContractError
from hepcoder.tools.learning.data.selected_records import SampleFiles
from hepcoder.tools.learning.data.selecting import select_samples
from hepcoder.tools.learning.data.sources import open_source
from hepcoder.tools.learning.data.writing import ROWS_OF_A_GROUP, SelectedWriter, save_selected
from hepcoder.tools.learning.inputs import Inputs, ObjectList, Splitting
from hepcoder.tools.luminosity import luminosity_weight
from hepcoder.tools.samples.hyy import make_hyy_sample
from hepcoder.tools.selection.engine import run
from hepcoder.tools.selection.selection import Selection
from hepcoder.tools.selection.vocabulary import SelectionError


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    columns = events(50, 1)
    lone = ak.zip({"pt": columns["met"], "phi": columns["ht"]})
    given = {"met": lone, "n": np.arange(50), "tight": np.arange(50) % 2 == 0, "jets": columns["jets"]}
    given["angles"] = columns["jets"].phi
    path = save_selected(
        tmp_path / "zz.parquet", given, event_id=columns["event_id"], process="zz", weight=columns["weight"]
    )
    back = ak.from_parquet(path)
    names = ["met_pt", "met_phi", "n", "tight", "jets", "angles", "event_id", "process", "weight"]
    assert back.fields == names
    assert back.met_pt.tolist() == columns["met"].tolist()
    assert back.jets.tolist() == columns["jets"].tolist()
    assert back.angles.tolist() == columns["jets"].phi.tolist()
    assert back.weight.tolist() == columns["weight"].tolist()
    assert (set(back.process.tolist()), back.event_id.tolist()) == ({"zz"}, list(range(50)))
    assert read_events(path).jets.pt.tolist() == columns["jets"].pt.tolist()
    (batch,) = new_events([path], Inputs(event=("met_pt", "tight"), objects=(ObjectList(name="jets", fields=FIELDS),)))
    assert batch.event[:, 1].tolist() == [1.0, 0.0] * 25


def test_pieces_become_row_groups_and_some_columns(tmp_path: Path) -> None:
    with SelectedWriter(tmp_path / "a.parquet", process="a") as writer:
        for part in range(12):
            columns = events(3000, part, first_id=3000 * part)
            writer.add(columns, event_id=columns["event_id"], weight=2.0, columns=["jets", "met"])
            assert not writer.path.exists()
    with pq.ParquetFile(writer.path) as file:
        sizes = [file.metadata.row_group(place).num_rows for place in range(file.num_row_groups)]
        assert sum(sizes) == writer.n_events == 36_000
        assert max(sizes) <= ROWS_OF_A_GROUP
        assert len(sizes) <= 4
        assert file.schema_arrow.names == ["jets", "met", "event_id", "process", "weight"]
    assert [one.name for one in tmp_path.iterdir()] == ["a.parquet"]


def test_a_failure_leaves_the_older_file_and_no_other(tmp_path: Path) -> None:
    path = save_selected(tmp_path / "a.parquet", {"met": [1.0]}, event_id=[1], process="a", weight=1.0)

    def interrupted() -> None:
        with SelectedWriter(path, process="a") as writer:
            writer.add({"met": [5.0]}, event_id=[7], weight=1.0)
            writer.add({"met": [5.0, np.nan]}, event_id=[8, 9], weight=1.0)

    with pytest.raises(ContractError, match="'met' is missing, NaN or infinite 1 times in 2"):
        interrupted()
    assert ak.from_parquet(path).met.tolist() == [1.0]
    with pytest.raises(ContractError, match="nothing was added"), SelectedWriter(path, process="a"):
        pass
    assert [one.name for one in tmp_path.iterdir()] == ["a.parquet"]


@pytest.mark.parametrize(
    ("columns", "ids", "weight", "message"),
    [
        ({"met": [1.0, 2.0]}, [1, None], 1.0, "1 events have no id"),
        ({"met": [1.0, 2.0]}, [4, 4], 1.0, "1 event ids occur more than once, the first 4"),
        ({"met": [1.0, 2.0]}, [1.0, 2.0], 1.0, "no integers but float64"),
        ({"met": [1.0, 2.0]}, [1, 2, 3], 1.0, "one entry for each event, not {'met': 2, 'event_id': 3"),
        ({"met": [1.0, 2.0]}, [1, 2], np.nan, "2 weights are NaN"),
        ({"met": [1.0, None]}, [1, 2], 1.0, "'met' is missing, NaN or infinite 1 times"),
        ({"jets": [[1.0], None]}, [1, 2], 1.0, "column 'jets' must have a number or a list"),
        ({"jets": [[[1.0]], [[2.0]]]}, [1, 2], 1.0, "column 'jets' must have a number or a list"),
        ({"jets": [[{"pt": 1.0, "hits": [1]}], []]}, [1, 2], 1.0, "'jets.hits' must be one number of each object"),
        ({"name": ["a", "b"]}, [1, 2], 1.0, "not numbers"),
        ({}, [1, 2], 1.0, "there is no column at all"),
    ],
)
def test_what_cannot_be_trained_on_is_not_written(
    columns: dict[str, object], ids: list[int], weight: float, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ContractError, match=message):
        save_selected(tmp_path / "a.parquet", columns, event_id=ids, process="a", weight=weight)
    assert not list(tmp_path.iterdir())


def test_columns_cannot_change_between_pieces(tmp_path: Path) -> None:
    def changed() -> None:
        with SelectedWriter(tmp_path / "a.parquet", process="a") as writer:
            writer.add({"met": [1.0]}, event_id=[1], weight=1.0)
            writer.add({"met": [1]}, event_id=[2], weight=1.0)

    with pytest.raises(ContractError, match="events with met: int64 cannot follow events with met: double"):
        changed()
    with pytest.raises(ContractError, match="there is no column ht among met"):
        save_selected(tmp_path / "b.parquet", {"met": [1.0]}, event_id=[1], process="b", weight=1.0, columns=["ht"])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("hyy")
    return [make_hyy_sample(folder / f"{name}.root", n_events=600, seed=seed) for seed, name in enumerate("abc")]


def test_all_samples_are_selected_as_the_engine_does(files: list[Path], tmp_path: Path) -> None:
    weight = luminosity_weight(2.0, 10.0, 600)
    samples = [
        SampleFiles(name="higgs", label="signal", files=(str(files[0]),), weight=weight),
        SampleFiles(name="jets", label="background", files=(str(files[1]), str(files[2])), by_place=True),
    ]
    selection = hyy(files[0].name)
    selected = select_samples(
        selection,
        samples,
        tmp_path / "out",
        columns={"mass": "m", "pt1": "pt1"},
        objects={"photons": FIELDS, "y1": ("pt",)},
        step_size=350,
    )
    expected = run(selection, files[0].parent).samples[0]
    assert dict(selected[0].cutflow) == expected.counts
    back = ak.from_parquet(selected[0].process.files[0])
    assert back.fields == ["mass", "pt1", "photons", "y1_pt", "event_id", "process", "weight"]
    assert back.event_id.tolist() == mixed_ids(expected.selected_ids).tolist()
    assert back.mass.tolist() == expected.values["m"].tolist()
    assert back.pt1.tolist() == back.photons.pt[:, 0].tolist() == back.y1_pt.tolist()
    assert set(ak.num(back.photons).tolist()) == {2}
    assert back.weight.tolist() == pytest.approx([weight] * len(back))
    assert selected[0].id_names == ("runNumber", "eventNumber")
    places = ak.from_parquet(selected[1].process.files[0]).event_id.to_numpy()
    assert selected[1].id_names == ("place",)
    second = run(hyy(files[2].name), files[0].parent).samples[0]
    numbers = np.flatnonzero(second.n_passed == second.n_cuts)
    assert (places[places >= 1 << 40] - (1 << 40)).tolist() == numbers.tolist()
    assert selected[1].n_events == len(places) > len(numbers)


def test_selected_samples_are_what_a_source_opens(files: list[Path], tmp_path: Path) -> None:
    samples = [
        SampleFiles(name=path.stem, label="signal" if path is files[0] else "background", files=(str(path),))
        for path in files
    ]
    selected = select_samples(hyy(), samples, tmp_path, columns={"mass": "m"}, objects={"photons": FIELDS})
    inputs = Inputs(event=("mass",), objects=(ObjectList(name="photons", fields=FIELDS, most=2),))
    source = open_source([one.process for one in selected], inputs, Splitting())
    assert sum(source.count(split) for split in ("train", "validation", "test")) == sum(
        one.n_events for one in selected
    )
    assert source.classes == ("background", "signal")
    assert in_order(source, "train").mask.all()


def test_events_that_lack_an_object_are_left_out_and_counted(files: list[Path], tmp_path: Path) -> None:
    selection = Selection.model_validate(
        {
            "sources": [{"files": ["any.root"]}],
            "objects": [objects("photons", "photon", cut("pt", ">", 40, "GeV"))],
            "candidates": [leading("second", "photons", 2)],
            "quantities": [field("pt2", "second", "pt")],
            "cuts": [count("a photon", "photons", ">=", 1)],
        }
    )
    sample = SampleFiles(name="h", label="signal", files=(str(files[0]),))
    (one,) = select_samples(selection, [sample], tmp_path / "one", columns={}, objects={"photons": ("pt",)})
    (two,) = select_samples(selection, [sample], tmp_path / "two", columns={"pt2": "pt2"})
    (three,) = select_samples(selection, [sample], tmp_path / "three", columns={}, objects={"second": ("pt", "eta")})
    n_photons = ak.num(ak.from_parquet(one.process.files[0]).photons)
    assert (one.n_events, one.n_incomplete) == (one.cutflow["a photon"], 0)
    assert two.n_events == three.n_events == int(ak.sum(n_photons >= 2))
    assert two.n_incomplete == three.n_incomplete == int(ak.sum(n_photons == 1)) > 10
    assert one.cutflow["all"] == 600 == uproot.open(files[0])["mini"].num_entries


def test_wrong_names_and_empty_selections_are_told(files: list[Path], tmp_path: Path) -> None:
    sample = SampleFiles(name="h", label="signal", files=(str(files[0]),))
    for kwargs, message in (
        ({"columns": {"mass": "mm"}}, "'mm' is neither defined nor in the data; nearest: "),
        ({"columns": {}, "objects": {"photonss": ("pt",)}}, "defines no objects 'photonss' to write; nearest: photons"),
        ({"columns": {}, "objects": {"photons": ("ptt",)}}, "photons has no field 'ptt'; nearest: pt"),
    ):
        with pytest.raises(SelectionError, match=message):
            select_samples(hyy(), [sample], tmp_path, **kwargs)
    nothing = hyy().model_copy(update={"cuts": (hyy().cuts[0], *Selection.model_validate({
        "sources": [{"files": ["a"]}], "objects": [objects("photons", "photon", cut("pt", ">", 9000, "GeV"))],
        "cuts": [count("many", "photons", ">=", 99)]}).cuts)})  # fmt: skip
    with pytest.raises(ContractError, match=r"no event of sample 'h' is left: all 600, trigger \d+, many 0, 0 of them"):
        select_samples(nothing, [sample], tmp_path, columns={"mass": "m"})
    with pytest.raises(InputError):
        select_samples(hyy(), [sample.model_copy(update={"files": ("gone.root",)})], tmp_path, columns={"mass": "m"})
    assert not list(tmp_path.iterdir())
