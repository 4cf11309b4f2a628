"""Sources: the same events from memory and from files, against plain loops; order, mixing and bounded memory."""

import pickle
import resource
from pathlib import Path

import awkward as ak
import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from learning_files import BOTH, FIELDS, JETS, events, in_order, two_processes, write

from hepcoder.tools.learning.batches import Batch, Source
from hepcoder.tools.learning.data.fingerprint import digest, file_digests
from hepcoder.tools.learning.data.memory import MemorySource
from hepcoder.tools.learning.data.new_files import new_events
from hepcoder.tools.learning.data.permuting import with_labels_permuted
from hepcoder.tools.learning.data.rows import ContractError
from hepcoder.tools.learning.data.sources import open_source
from hepcoder.tools.learning.data.splitting import split_of
from hepcoder.tools.learning.data.streaming import Buffering, StreamedSource, rebatched
from hepcoder.tools.learning.data.writing import SelectedWriter
from hepcoder.tools.learning.inputs import SPLITS, Inputs, ObjectList, Process, Split, Splitting

SMALL = Buffering(buffer_bytes=20_000, chunk_events=37)
SHARES = Splitting(validation=0.2, test=0.3, seed=7)


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> list[Process]:
    return two_processes(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def memory(processes: list[Process]) -> Source:
    return open_source(processes, BOTH, SHARES)


@pytest.fixture(scope="module")
def streamed(processes: list[Process]) -> Source:
    return open_source(processes, BOTH, SHARES, in_memory=False, buffering=SMALL)


def equal(one: Batch, two: Batch) -> bool:
    return all(np.array_equal(values, getattr(two, name)) for name, values in vars(one).items())


def test_padded_events_are_those_of_a_plain_loop(tmp_path: Path) -> None:
    columns = events(120, 11)
    files = [write(tmp_path / "a.parquet", columns), write(tmp_path / "b.parquet", columns, flat=True)]
    features = BOTH.object_features
    for path in files:
        (batch,) = new_events([path], BOTH, weight_column="weight")
        for n in range(120):
            assert batch.event[n].tolist() == np.array([columns["met"][n], columns["ht"][n]], np.float32).tolist()
            jets, muons = columns["jets"][n].tolist()[:3], columns["muons"][n].tolist()[:2]
            assert batch.mask[n].tolist() == [place < len(jets) for place in range(3)] + [
                place < len(muons) for place in range(2)
            ]
            for start, kept, name in ((0, jets, "is_jets"), (3, muons, "is_muons")):
                for place, one in enumerate(kept):
                    row = dict(zip(features, batch.objects[n, start + place].tolist(), strict=True))
                    assert row == {"btag": 0.0, "is_jets": 0.0, "is_muons": 0.0} | one | {name: 1.0}
                    assert batch.four_vectors[n, start + place].tolist() == [one[field] for field in FIELDS]
        assert not batch.objects[~batch.mask].any()
        assert not batch.four_vectors[~batch.mask].any()
        assert batch.event_id.tolist() == list(range(120))
        assert batch.weight.tolist() == columns["weight"].astype(np.float32).tolist()
        assert set(batch.label.tolist()) == set(batch.process.tolist()) == {-1}
        assert [one.dtype for one in (batch.event, batch.objects, batch.four_vectors, batch.weight)] == [np.float32] * 4


def test_no_lists_and_no_event_columns(processes: list[Process]) -> None:
    (flat,) = new_events(processes[0].files, Inputs(event=("met",)))
    assert (flat.objects.shape, flat.four_vectors.shape, flat.mask.shape) == ((400, 0, 0), (400, 0, 4), (400, 0))
    jets = Inputs(objects=(ObjectList(name="jets", fields=("btag",), most=2),))
    (lists,) = new_events(processes[0].files, jets)
    assert (lists.event.shape, lists.objects.shape, lists.four_vectors.shape) == ((400, 0), (400, 2, 1), (400, 0, 4))


def test_npz_files_with_masks_or_lengths_give_what_parquet_gives(tmp_path: Path) -> None:
    columns = events(200, 5)
    counts = np.array([len(one) for one in columns["jets"]])
    there = np.arange(12) < counts[:, None]
    arrays = {name: columns[name] for name in ("met", "event_id", "weight")}
    for field in FIELDS:
        arrays[f"jets_{field}"] = np.full((200, 12), np.nan)
        arrays[f"jets_{field}"][there] = [one[field] for event in columns["jets"].tolist() for one in event]
    np.savez(tmp_path / "mask.npz", **arrays, jets_mask=there)
    np.savez(tmp_path / "count.npz", **arrays, jets_count=counts)
    np.savez(tmp_path / "neither.npz", **arrays)
    (expected,) = new_events([write(tmp_path / "a.parquet", columns)], JETS)
    for name in ("mask", "count"):
        (found,) = new_events([tmp_path / f"{name}.npz"], JETS)
        assert equal(found, expected)
    with pytest.raises(ContractError, match=r"add jets_mask, bool \(200, 12\), or jets_count"):
        next(iter(new_events([tmp_path / "neither.npz"], JETS)))


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("seed", [None, 3])
def test_files_and_memory_give_the_same_events(
    memory: Source, streamed: Source, split: Split, seed: int | None
) -> None:
    assert isinstance(memory, MemorySource)
    assert isinstance(streamed, StreamedSource)
    assert memory.count(split) == streamed.count(split) > 100
    assert equal(in_order(memory, split, seed=seed), in_order(streamed, split, seed=seed))


def test_without_a_seed_the_order_is_that_of_the_files(memory: Source, streamed: Source) -> None:
    for source in (memory, streamed):
        batches = list(source.batches("train", 50))
        assert [len(one) for one in batches[:-1]] == [50] * (len(batches) - 1)
        process = np.concatenate([one.process for one in batches])
        assert np.array_equal(process, np.sort(process))
        ids = np.concatenate([one.event_id for one in batches])[process == 2]
        assert np.array_equal(ids, np.sort(ids))


def test_splits_are_those_of_the_ids_and_together_all_events(processes: list[Process], memory: Source) -> None:
    for place, (process, n) in enumerate(zip(processes, (400, 400, 600), strict=True)):
        expected = split_of(np.arange(n), process.name, SHARES)
        for number, split in enumerate(SPLITS):
            batch = in_order(memory, split)
            assert batch.event_id[batch.process == place].tolist() == np.flatnonzero(expected == number).tolist()


def test_labels_weights_and_classes(processes: list[Process], memory: Source) -> None:
    assert memory.classes == ("background", "signal")
    assert memory.processes == ("higgs", "zz", "wjets")
    batch = in_order(memory, "test")
    assert np.array_equal(batch.label, (batch.process == 0).astype(int))
    written = pq.read_table(processes[2].files[0])["weight"].to_numpy()
    of_file = batch.take((batch.process == 2) & (batch.event_id < 400))
    np.testing.assert_allclose(of_file.weight, 3.0 * written[of_file.event_id], rtol=1e-6)


def test_shuffled_batches_are_mixed_and_the_same_for_the_same_seed(memory: Source, streamed: Source) -> None:
    for source in (memory, streamed):
        one, two, other = (list(source.batches("train", 64, shuffle_seed=seed)) for seed in (1, 1, 2))
        assert all(equal(first, second) for first, second in zip(one, two, strict=True))
        assert not np.array_equal(one[0].event_id, other[0].event_id)
        share = np.mean([batch.label.mean() for batch in one[:-1]])
        assert share == pytest.approx(400 / 1400, abs=0.06)
        assert all(0.08 < batch.label.mean() < 0.55 for batch in one[:-1])
        assert all(len(set(batch.process.tolist())) == 3 for batch in one[:-1])


def test_a_rare_process_is_spread_over_the_whole_epoch(tmp_path: Path) -> None:
    processes = [
        Process(name="rare", label="signal", files=(write(tmp_path / "r.parquet", events(60, 1)),)),
        Process(name="common", label="background", files=(write(tmp_path / "c.parquet", events(6000, 2), group=500),)),
    ]
    source = open_source(processes, JETS, SHARES, in_memory=False, buffering=SMALL)
    places = np.flatnonzero(np.concatenate([one.label for one in source.batches("train", 100, shuffle_seed=5)]))
    assert np.diff([0, *places, source.count("train")]).max() < 0.2 * source.count("train")


@given(st.lists(st.integers(0, 30), min_size=1, max_size=12), st.integers(1, 40))
@settings(deadline=None)
def test_rebatching_keeps_every_event_in_order(lengths: list[int], size: int) -> None:
    ids = np.arange(sum(lengths))
    zeros = np.zeros((len(ids), 0), dtype=np.float32)
    none = np.zeros((len(ids), 0, 4), dtype=np.float32)
    whole = Batch(zeros, none, none, zeros.astype(np.bool_), ids, ids.astype(np.float32), ids, ids)
    ends = np.cumsum(lengths)
    pieces = (whole.take(slice(end - length, end)) for end, length in zip(ends, lengths, strict=True))
    batches = list(rebatched(pieces, size))
    assert [one for batch in batches for one in batch.event_id.tolist()] == ids.tolist()
    assert all(len(batch) == size for batch in batches[:-1])


def test_permuted_labels_keep_the_shares_and_forget_the_class(memory: Source, streamed: Source) -> None:
    one, two = (with_labels_permuted(source, 3) for source in (memory, streamed))
    for split in SPLITS:
        batch, before = in_order(one, split), in_order(memory, split)
        assert equal(batch, in_order(two, split, seed=8))
        assert np.array_equal(batch.event, before.event)
        assert batch.label.mean() == pytest.approx(400 / 1400, abs=0.09)
        assert abs(np.corrcoef(batch.label, before.label)[0, 1]) < 0.2
    assert one.count("test") == memory.count("test")
    assert not np.array_equal(in_order(one, "train").label, in_order(with_labels_permuted(memory, 4), "train").label)


def test_sources_can_be_sent_to_other_processes(memory: Source, streamed: Source) -> None:
    for source in (memory, streamed, with_labels_permuted(streamed, 3)):
        copy = pickle.loads(pickle.dumps(source))
        assert equal(in_order(copy, "test", seed=1), in_order(source, "test", seed=1))


def test_digests_tell_contents_not_places(processes: list[Process], tmp_path: Path) -> None:
    moved = [
        one.model_copy(update={"files": tuple(str((tmp_path / Path(f).name).absolute()) for f in one.files)})
        for one in processes
    ]
    for one, other in zip(processes, moved, strict=True):
        for source, target in zip(one.files, other.files, strict=True):
            Path(target).write_bytes(Path(source).read_bytes())
    assert digest(processes) == digest(moved)
    assert set(file_digests(processes)) == {path for one in processes for path in one.files}
    assert digest([moved[0].model_copy(update={"scale": 2.0}), *moved[1:]]) != digest(processes)
    with Path(moved[2].files[1]).open("ab") as file:
        file.write(b"x")
    assert digest(moved) != digest(processes)


def test_new_files_without_a_column_or_with_nan_are_refused(processes: list[Process], tmp_path: Path) -> None:
    wrong = Inputs(event=("met", "missing_ht"), objects=JETS.objects)
    with pytest.raises(ContractError, match=r"cannot be applied: .*higgs.parquet has no column 'missing_ht'; nearest"):
        next(iter(new_events(processes[0].files, wrong)))
    columns = events(10, 1)
    columns["met"][4] = np.inf
    with pytest.raises(ContractError, match="'met' is missing, NaN or beyond the range of float32, first in event 4"):
        list(new_events([write(tmp_path / "nan.parquet", columns)], JETS))


@pytest.mark.thorough
def test_streaming_a_file_larger_than_the_buffer_keeps_memory_bounded(tmp_path: Path) -> None:
    processes = []
    for label in ("background", "signal"):
        rng = np.random.default_rng(1)
        with SelectedWriter(tmp_path / f"{label}.parquet", process=label) as writer:
            for part in range(20):
                counts = rng.poisson(12, 20_000)
                jets = ak.zip({one: rng.normal(size=counts.sum()).astype(np.float32) for one in FIELDS})
                columns = {"met": rng.normal(size=20_000), "jets": ak.unflatten(jets, counts)}
                writer.add(columns, event_id=np.arange(20_000) + 20_000 * part, weight=1.0)
        processes.append(Process(name=label, label=label, files=(str(writer.path),)))
    inputs = Inputs(event=("met",), objects=(ObjectList(name="jets", fields=FIELDS, most=24),))
    buffering = Buffering(buffer_bytes=1 << 24)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    source = open_source(processes, inputs, SHARES, in_memory=False, buffering=buffering)
    bytes_in_all, n = 0, 0
    for batch in source.batches("train", 512, shuffle_seed=1):
        bytes_in_all += sum(one.nbytes for one in vars(batch).values())
        n += len(batch)
    growth = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert n == source.count("train") > 390_000
    assert bytes_in_all > 15 * buffering.buffer_bytes
    assert growth < 10 * buffering.buffer_bytes
    assert growth < 0.6 * bytes_in_all
