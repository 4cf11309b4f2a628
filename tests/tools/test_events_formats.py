"""read_events on small files of every kind, made here by other tools."""

import gzip
import math
from pathlib import Path

import awkward as ak
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uproot

from hepcoder.ledger.errors import HepcoderError, InputError, UserError
from hepcoder.tools.events import read_events
from hepcoder.tools.inspect import inspect_input

LHCO = """  #  typ      eta    phi      pt    jmas  ntrk  btag   had/em  dum1  dum2
0             1      7
  1    2    0.50   1.00   45.00    0.11  -1.0   0.0     0.0     0.0   0.0
  2    2   -0.25   4.00   40.00    0.11   1.0   0.0     0.0     0.0   0.0
  3    4    1.50   2.00   80.00    9.00  12.0   2.0     3.0     0.0   0.0
  4    6    0.00   3.00   33.00    0.00   0.0   0.0     0.0     0.0   0.0
0             2      7
  1    0    0.10   0.20   60.00    0.00   0.0   0.0     0.0     0.0   0.0
0             3      0
  1    4    0.00   0.00   25.00    4.00   3.0   0.0     1.0     0.0   0.0
  2    6    0.00   1.00   12.50    0.00   0.0   0.0     0.0     0.0   0.0
"""


def photons(scale: float) -> dict[str, ak.Array]:
    return {
        "pt": ak.Array([[60.0 * scale, 40.0 * scale], [], [35.0 * scale]]),
        "eta": ak.Array([[0.5, -1.0], [], [2.0]]),
        "phi": ak.Array([[0.0, 3.0], [], [1.0]]),
        "E": ak.Array(
            [[60.0 * scale * math.cosh(0.5), 40.0 * scale * math.cosh(1.0)], [], [35.0 * scale * math.cosh(2.0)]]
        ),
    }


def write_mini(path: Path, scale: float, kind: str = "mktree") -> None:
    lists = {f"photon_{name}": ak.values_astype(one, np.float32) for name, one in photons(scale).items()}
    shape = ak.Array([[1.0], [1.0], []])
    columns = {
        "photon_n": np.array([2, 0, 1], np.uint32),
        **lists,
        "photon_isTightID": ak.Array([[True, False], [], [True]]),
        "lep_pt": ak.values_astype(shape * 25 * scale, np.float32),
        "lep_eta": ak.values_astype(shape * 0.5, np.float32),
        "lep_phi": ak.values_astype(shape * 0.25, np.float32),
        "lep_type": ak.values_astype(ak.Array([[13], [11], []]), np.uint32),
        "met_et": np.array([50, 20, 30], np.float32) * np.float32(scale),
        "met_phi": np.array([0, 1, 2], np.float32),
        "mcWeight": np.array([1, -1, 1], np.float32),
    }
    with uproot.recreate(path) as file:
        getattr(file, kind)("mini", columns)


@pytest.mark.parametrize("kind", ["mktree", "mkrntuple"])
@pytest.mark.parametrize("scale", [1000.0, 1.0])
def test_atlas_open_data_is_in_gev_whatever_the_release(tmp_path: Path, scale: float, kind: str) -> None:
    write_mini(tmp_path / "data.root", scale, kind)
    events = read_events(tmp_path / "data.root", ["photon", "lep", "met", "photon_n", "mcWeight"])
    assert events.photon.pt.to_list() == [[60, 40], [], [35]]
    assert events.met.pt.to_list() == [50, 20, 30]
    assert events.photon_n.to_list() == ak.num(events.photon).to_list()
    assert events.lep.mass.to_list() == [[0.1056583755], [0.00051099895], []]
    assert events.lep["type_"].to_list() == [[13], [11], []]
    pair = events.photon[:1, 0] + events.photon[:1, 1]
    expected = math.sqrt(2 * 60 * 40 * (math.cosh(1.5) - math.cos(3.0)))
    assert pair.mass[0] == pytest.approx(expected, rel=1e-6)
    facts = inspect_input(tmp_path / "data.root")
    photon = facts.layout.collection("photon")
    assert facts.layout.kind == "atlas_mini"
    assert photon is not None
    field = photon.field("pt")
    assert field is not None
    assert (field.unit, field.source_unit) == ("GeV", "MeV" if scale == 1000 else "GeV")


def test_a_boundary_in_mev_stays_on_its_side(tmp_path: Path) -> None:
    values = ak.values_astype(ak.Array([[25_000.0, 57_000.0], [35_000.0], [49_000.0]]), np.float32)
    with uproot.recreate(tmp_path / "data.root") as file:
        file.mktree("mini", {"lep_pt": values, "lep_eta": values * 0, "lep_phi": values * 0})
    assert read_events(tmp_path / "data.root", "lep").lep.pt.to_list() == [[25.0, 57.0], [35.0], [49.0]]


def test_rntuple_has_the_same_collections(tmp_path: Path) -> None:
    parts = photons(1.0)
    muons = ak.zip({"pt": parts["pt"], "eta": parts["eta"], "phi": parts["phi"]})
    deep = ak.Array([[[1.0]], [[2.0], [3.0]], []])
    with uproot.recreate(tmp_path / "data.root") as file:
        jets = {f"Jet_{name}": parts[name] for name in ("pt", "eta", "phi")} | {"Jet_mass": parts["pt"] * 0.1}
        file.mkrntuple("ntuple", {"Muon": muons, **jets, "run": np.array([1, 2, 3]), "deep": deep})
    events = read_events(tmp_path / "data.root", ["Muon", "Jet", "run"])
    assert events.Muon.pt.to_list() == parts["pt"].to_list()
    assert events.Muon.mass.to_list() == [[0.1056583755] * 2, [], [0.1056583755]]
    assert events.Jet.mass.to_list() == (parts["pt"] * 0.1).to_list()
    assert events.run.to_list() == [1, 2, 3]
    assert "deep" not in read_events(tmp_path / "data.root").fields
    assert read_events(tmp_path / "data.root", "deep").deep.to_list() == deep.to_list()
    assert inspect_input(tmp_path / "data.root").entries == 3


@pytest.mark.parametrize("stop", [None, 0, 1, 2, 99])
def test_parquet_of_lists_records_and_columns(tmp_path: Path, stop: int | None) -> None:
    table = pa.table(
        {
            "Jet_pt": pa.array([[50.0, 30.0], [], [20.0]]),
            "Jet_eta": pa.array([[0.1, 0.2], [], [0.3]]),
            "Jet_phi": pa.array([[1.0, 2.0], [], [3.0]]),
            "Jet_mass": pa.array([[5.0, 4.0], [], [3.0]]),
            "Muon": pa.array([[{"pt": 11.0, "eta": 0.0, "phi": 0.0}], [], []]),
            "weight": pa.array([1.0, 0.5, None]),
        }
    )
    pq.write_table(table, tmp_path / "data.parquet", row_group_size=2)
    events = read_events(tmp_path / "data.parquet", entry_stop=stop)
    size = 3 if stop is None else min(stop, 3)
    assert events.Jet.pt.to_list() == [[50.0, 30.0], [], [20.0]][:size]
    assert events.Jet.px.to_list() == [[50 * math.cos(1), 30 * math.cos(2)], [], [20 * math.cos(3)]][:size]
    assert events.Muon.mass.to_list() == [[0.1056583755], [], []][:size]
    assert events.weight.to_list() == [1.0, 0.5, None][:size]


def test_npz_npy_and_csv_have_columns(tmp_path: Path) -> None:
    pt = np.array([10.0, 20.0, 30.0])
    np.savez(tmp_path / "a.npz", pt1=pt, hits=np.arange(6).reshape(3, 2), edges=np.arange(9.0), scale=np.float64(2))
    events = read_events(tmp_path / "a.npz")
    assert events.pt1.to_list() == pt.tolist()
    assert events.hits.to_list() == [[0, 1], [2, 3], [4, 5]]
    assert [(one.name, one.entries) for one in inspect_input(tmp_path / "a.npz").tables] == [
        ("", 3),
        ("length 9", 9),
        ("scalars", 1),
    ]
    np.save(tmp_path / "b.npy", np.array([(1.5, 2), (2.5, 3)], dtype=[("pt", ">f4"), ("type", "i4")]))
    events = read_events(tmp_path / "b.npy")
    assert events["type_"].to_list() == [2, 3]
    assert events.pt.to_list() == [1.5, 2.5]
    np.save(tmp_path / "c.npy", np.arange(4.0))
    assert read_events(tmp_path / "c.npy").data.to_list() == [0, 1, 2, 3]
    (tmp_path / "d.csv").write_text("Run,px1 ,M\n1,2.5,91.2\n1,3.5,90\n")
    events = read_events(tmp_path / "d.csv", ["px1", "M"])
    assert events.px1.to_list() == [2.5, 3.5]
    assert events.M.to_list() == [91.2, 90.0]
    (tmp_path / "e.csv").write_text("1;2\n3;4\n")
    assert read_events(tmp_path / "e.csv").col1.to_list() == [2, 4]


@pytest.mark.parametrize("name", ["a.lhco", "a.lhco.gz", "a.txt"])
def test_lhco(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(LHCO.encode()) if name.endswith("gz") else LHCO.encode())
    events = read_events(path)
    assert events.fields == ["Electron", "Jet", "MET", "Muon", "Photon", "Tau", "event", "trigger"]
    assert events.Muon.charge.to_list() == [[-1, 1], [], []]
    assert events.Muon.mass.to_list() == [[0.11, 0.11], [], []]
    assert events.Jet.btag.to_list() == [[2], [], [0]]
    assert events.Jet.mass.to_list() == [[9], [], [4]]
    assert events.event.to_list() == [1, 2, 3]
    assert events.MET.pt.to_list()[::2] == [33.0, 12.5]
    assert math.isnan(events.MET.pt[1])
    assert (events.Muon[0, 0] + events.Muon[0, 1]).mass == pytest.approx(
        math.sqrt(2 * 45 * 40 * (math.cosh(0.75) - math.cos(3))), rel=1e-4
    )
    assert len(read_events(path, ["Jet"], entry_stop=2)) == 2
    facts = inspect_input(path)
    assert (facts.kind, facts.entries, facts.layout.kind) == ("lhco", 3, "lhco")


def test_an_unknown_name_is_a_key_error_with_the_nearest(tmp_path: Path) -> None:
    write_mini(tmp_path / "data.root", 1000)
    with pytest.raises(KeyError, match=r"no collection or column 'Photon'; nearest: photon") as caught:
        read_events(tmp_path / "data.root", ["Photon"])
    assert isinstance(caught.value, HepcoderError)
    with pytest.raises(InputError, match="has no tree 'Events'; it has mini"):
        read_events(tmp_path / "data.root", tree="Events")
    with pytest.raises(UserError, match="cannot be -1"):
        read_events(tmp_path / "data.root", entry_stop=-1)


def test_no_names_give_events_without_fields(tmp_path: Path) -> None:
    write_mini(tmp_path / "data.root", 1000)
    events = read_events(tmp_path / "data.root", [])
    assert (len(events), events.fields) == (3, [])


def test_lists_that_do_not_line_up_are_left_out(tmp_path: Path) -> None:
    with uproot.recreate(tmp_path / "data.root") as file:
        columns = {
            "Jet_pt": ak.Array([[50.0, 40.0], [30.0]]),
            "Jet_eta": ak.Array([[0.5, 0.4], [0.3]]),
            "Jet_phi": ak.Array([[0.5, 0.4], [0.3]]),
            "Jet_constituents": ak.Array([[1, 2, 3], []]),
            "Jet_type": ak.Array([[1, 2], [3]]),
            "Jet_x": ak.Array([[1.0, 2.0], [3.0]]),
        }
        file.mktree("Events", columns)
    jets = read_events(tmp_path / "data.root", "Jet").Jet
    assert jets.fields == ["pt", "eta", "phi", "type_", "x_"]
    assert jets.px.to_list()[1] == [pytest.approx(30 * math.cos(0.3))]


def test_the_main_tree_is_the_one_with_events(tmp_path: Path) -> None:
    with uproot.recreate(tmp_path / "data.root") as file:
        file.mktree("Runs", {"run": np.arange(500)})
        file.mktree("other/Events", {"x": np.arange(4.0), "y": np.arange(4.0)})
    assert read_events(tmp_path / "data.root").x.to_list() == [0, 1, 2, 3]
    assert read_events(tmp_path / "data.root", tree="Runs").fields == ["run"]
    assert [one.name for one in inspect_input(tmp_path / "data.root").tables] == ["other/Events", "Runs"]
