"""iterate_events gives the events of read_events, a slice at a time, and keeps no more than a slice."""

import tracemalloc
from pathlib import Path

import awkward as ak
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uproot

from hepcoder.ledger.errors import InputError, UserError
from hepcoder.tools.event_chunks import iterate_events
from hepcoder.tools.events import read_events

N = 1000


def jagged(rng: np.random.Generator) -> dict[str, ak.Array]:
    counts = rng.integers(0, 4, N)
    n = int(counts.sum())
    flat = {"pt": rng.exponential(40.0, n), "eta": rng.normal(0, 1, n), "phi": rng.uniform(-3, 3, n)}
    return {f"Muon_{name}": ak.unflatten(values, counts) for name, values in flat.items()}


def write_root(path: Path, kind: str) -> None:
    rng = np.random.default_rng(3)
    with uproot.recreate(path) as file:
        tree = getattr(file, kind)("Events", {**jagged(rng), "run": np.arange(N)})
        tree.extend({**jagged(rng), "run": np.arange(N)})


def write_parquet(path: Path) -> None:
    columns = {name: pa.array(values.to_list()) for name, values in jagged(np.random.default_rng(3)).items()}
    pq.write_table(pa.table({**columns, "run": pa.array(range(N))}), path, row_group_size=130)


def write_lhco(path: Path, n: int = N) -> None:
    rng = np.random.default_rng(5)
    lines = []
    for number in range(n):
        lines.append(f"0 {number} 7")
        for place in range(int(rng.integers(0, 5))):
            lines.append(
                f"  {place + 1}  {rng.integers(0, 7)}  {rng.normal():.3f} 1.0 {rng.exponential(40):.2f} 5 -1 0 1 0 0"
            )
    path.write_text("\n".join(lines) + "\n")


def make(folder: Path, name: str) -> Path:
    path = folder / name
    if name.endswith(".parquet"):
        write_parquet(path)
    elif name.endswith(".lhco"):
        write_lhco(path)
    elif name.endswith(".csv"):
        path.write_text("pt,eta\n" + "".join(f"{n}.5,{n % 7}\n" for n in range(N)))
    else:
        write_root(path, "mktree" if name == "ttree.root" else "mkrntuple")
    return path


@pytest.mark.parametrize("name", ["ttree.root", "rntuple.root", "data.parquet", "data.lhco", "data.csv"])
@pytest.mark.parametrize("step", [1000, 333, 100_000])
def test_slices_together_are_the_whole_file(tmp_path: Path, name: str, step: int) -> None:
    path = make(tmp_path, name)
    whole = read_events(path)
    parts = list(iterate_events(path, step_size=step))
    assert [len(part) for part in parts[:-1]] == [step] * (len(parts) - 1)
    assert 0 < len(parts[-1]) <= step
    together = ak.concatenate(parts)
    assert together.fields == whole.fields
    assert ak.array_equal(ak.without_parameters(together), ak.without_parameters(whole), equal_nan=True)


def test_slices_of_one_event_and_named_collections(tmp_path: Path) -> None:
    write_lhco(tmp_path / "a.lhco", 20)
    slices = list(iterate_events(tmp_path / "a.lhco", ["Jet"], step_size=1))
    assert [len(part) for part in slices] == [1] * 20
    whole = read_events(tmp_path / "a.lhco", ["Jet"])
    assert ak.concatenate(slices).Jet.pt.to_list() == whole.Jet.pt.to_list()
    assert slices[0].Jet.px.to_list() == whole.Jet.px.to_list()[:1]
    assert [len(part) for part in iterate_events(tmp_path / "a.lhco", [], step_size=15)] == [15, 5]


def test_many_files_share_no_slice(tmp_path: Path) -> None:
    for name, n in (("a", 5), ("b", 0), ("c", 4)):
        write_lhco(tmp_path / f"{name}.lhco", n)
    (tmp_path / "b.lhco").write_text("# nothing\n")
    with pytest.raises(InputError, match=r"b\.lhco"):
        list(iterate_events([tmp_path / f"{name}.lhco" for name in "abc"]))
    parts = list(iterate_events([tmp_path / "a.lhco", tmp_path / "c.lhco"], "event", step_size=3))
    assert [part.event.to_list() for part in parts] == [[0, 1, 2], [3, 4], [0, 1, 2], [3]]


def test_refusals(tmp_path: Path) -> None:
    write_lhco(tmp_path / "a.lhco", 5)
    with pytest.raises(UserError, match="step_size >= 1"):
        iterate_events(tmp_path / "a.lhco", step_size=0)
    with pytest.raises(UserError, match="at least one file"):
        iterate_events([])
    with pytest.raises(KeyError, match="nearest: Jet"):
        list(iterate_events(tmp_path / "a.lhco", ["Jets"]))
    with pytest.raises(InputError, match="there is no file"):
        list(iterate_events(tmp_path / "none.lhco"))


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    write_lhco(tmp_path / "part.lhco", 2000)
    text = (tmp_path / "part.lhco").read_text()
    peaks = []
    for copies in (20, 60):
        path = tmp_path / f"{copies}.lhco"
        path.write_text(text * copies)
        tracemalloc.start()
        n_events = sum(len(events) for events in iterate_events(path, "Jet", step_size=2000))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert n_events == 2000 * copies
    assert peaks[1] < 1.3 * peaks[0]
