"""Outputs left by foreign code: every class of failure, the traps, and that a right output passes."""

import io
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import image

from hepcoder.tools import plot_histogram, save_csv, save_histogram, save_json, save_npz
from hepcoder.tools.contract import Output, OutputField
from hepcoder.tools.outputs import examine_outputs, parse_output, read_cutflow, read_values
from hepcoder.tools.png import PngError, read_png
from hepcoder.tools.safe_files import read_output


def labels(folder: Path, *contracts: str | Output) -> list[str]:
    outputs = [parse_output(each) if isinstance(each, str) else each for each in contracts]
    found = examine_outputs(folder, outputs)
    assert all(str(folder) not in failure.message for failure in found)
    return [failure.label for failure in found]


def test_right_outputs_pass(tmp_path: Path) -> None:
    values = np.linspace(80, 100, 50)
    save_json(tmp_path / "r.json", n_selected=50, mean=values.mean(), names=["a"], selected=[1, 2, 2], ok=True)
    save_histogram(tmp_path / "h.npz", values, 10, (80, 100))
    np.save(tmp_path / "a.npy", values)
    save_csv(tmp_path / "t.csv", mass=values, n_muons=[2] * 50, word=["x"] * 50)
    plot_histogram(tmp_path / "p.png", values)
    (tmp_path / "notes.txt").write_text("Z → μμ")
    ak.to_parquet(ak.Array({"mass": values, "n_muons": [2] * 50}), tmp_path / "t.parquet")
    with uproot.recreate(tmp_path / "t.root") as file:
        file.mktree("tree", {"mass": np.float64})
        file["tree"].extend({"mass": values})
    contracts = ["r.json:n_selected,mean[GeV],selected", "h.npz:counts,edges[GeV]", "a.npy", "t.csv:mass[GeV],n_muons"]
    contracts += ["p.png", "notes.txt", "t.parquet:mass[GeV],n_muons", "t.root:tree", "t.root:mass"]
    assert labels(tmp_path, *contracts) == []
    assert labels(tmp_path, *(each.split(":")[0] for each in contracts)) == []


ALL_KINDS = ("json", "npz", "npy", "csv", "parquet", "png", "pdf", "svg", "root", "txt")


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_a_missing_empty_or_wrong_file_never_crashes(kind: str, tmp_path: Path) -> None:
    file = tmp_path / f"x.{kind}"
    assert labels(tmp_path, file.name) == ["output.missing"]
    assert labels(tmp_path / "nowhere", file.name) == ["output.missing"]
    assert labels(tmp_path, f"sub/{file.name}") == ["output.missing"]
    file.write_bytes(b"")
    assert labels(tmp_path, file.name) == ["output.empty"]
    file.write_bytes(b"\xff\xfe\x00 not what it says")
    assert labels(tmp_path, file.name) == ["output.unreadable"]


def test_a_missing_file_is_told_what_is_there_instead(tmp_path: Path) -> None:
    (found,) = examine_outputs(tmp_path, [parse_output("r.json")])
    assert "no file at all" in found.message
    save_json(tmp_path / "other.json", a=1)
    (found,) = examine_outputs(tmp_path, [parse_output("r.json")])
    assert "other.json" in found.message


def trap_link(file: Path) -> None:
    outside = file.parent.parent / "outside.json"
    outside.write_text('{"n": 1}')
    file.symlink_to(outside)


def trap_npy(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        stream = io.BytesIO()
        np.save(stream, np.array([{"a": 1}], dtype=object), allow_pickle=True)
        archive.writestr("m.npy", stream.getvalue())


def trap_header(file: Path) -> None:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)})
    file.write_bytes(stream.getvalue() + b"\0" * 64)


def trap_bomb(file: Path) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("m.npy", "w") as member:
        header = {"descr": "<f8", "fortran_order": False, "shape": (257 * 2**17,)}
        np.lib.format.write_array_header_1_0(member, header)
        for _ in range(257):
            member.write(bytes(1024**2))


def trap_huge(file: Path) -> None:
    file.touch()
    os.truncate(file, 2**40)


@pytest.mark.parametrize(
    ("name", "trap"),
    [
        ("x.json", trap_link),
        ("x.json", lambda file: file.symlink_to("x.json")),
        ("x.json", lambda file: file.symlink_to("/dev/zero")),
        ("x.json", os.mkfifo),
        ("x.json", Path.mkdir),
        ("x.npz", trap_huge),
        ("x.npz", trap_npy),
        ("x.npz", trap_bomb),
        ("x.npy", trap_header),
        ("x.json", lambda file: file.write_text("[" * 100_000)),
        ("x.json", lambda file: file.write_text("[" * 900 + "]" * 900)),
        ("x.json", lambda file: file.write_text("1" * 5000)),
    ],
)
def test_traps_are_unreadable(name: str, trap: Callable[[Path], Any], tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    trap(folder / name)
    assert labels(folder, name) == ["output.unreadable"]
    assert read_cutflow(folder) is None
    assert read_values(folder, [parse_output(name)]) == {}


def test_a_linked_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    save_json(tmp_path / "real" / "a.json", a=1)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "sub").symlink_to(tmp_path / "real")
    assert labels(tmp_path / "run", "sub/a.json") == ["output.unreadable"]
    for name in ("../real/a.json", str(tmp_path / "real" / "a.json"), "a\0.json", ""):
        assert getattr(read_output(tmp_path / "run", name), "label", "") == "output.missing"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ('{"n_selected": NaN, "mass": 1}', ["output.non_finite"]),
        ('{"n_selected": 1, "mass": -Infinity}', ["output.non_finite"]),
        ('{"n_selected": 1, "mass": [1, NaN]}', ["output.non_finite"]),
        ('{"n_selected": 0, "mass": 1}', ["physics.empty_selection"]),
        ('{"n_selected": [], "mass": 1}', ["physics.empty_selection"]),
        ('{"n_selected": -1, "mass": 1}', ["output.schema"]),
        ('{"n_selected": true, "mass": 1}', ["output.schema"]),
        ('{"n_selected": "5", "mass": "5 GeV"}', ["output.schema", "output.schema"]),
        ('{"n_selected": 1, "mass": null}', ["output.schema"]),
        ('{"n_selected": 1, "mass": {"a": 1}}', ["output.schema"]),
        ('{"n_selected": 1, "mass": [[1], [1, 2]]}', ["output.schema"]),
        ('{"n_selected": 1, "mass": ' + "9" * 400 + "}", ["output.schema"]),
        ('{"n_selected": 1, "mass": []}', ["output.empty"]),
        ('{"n_selected": 1, "mass": [0.0, 0.0, 0.0]}', ["output.constant"]),
        ('{"n_selected": 1, "masses": 1}', ["output.schema"]),
        ("{}", ["output.schema"]),
        ("[1, 2]", ["output.schema"]),
        ("null", ["output.schema"]),
        ('{"n_selected": 1,', ["output.unreadable"]),
    ],
)
def test_json_with_names(found: str, expected: list[str], tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(found)
    assert labels(tmp_path, "r.json:n_selected,mass[GeV]") == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("{}", ["output.empty"]),
        ("[]", ["output.empty"]),
        ("null", ["output.empty"]),
        ('{"a": {"b": [1, NaN]}}', ["output.non_finite"]),
        ('{"n_a": 0, "n_b": 0}', ["physics.empty_selection"]),
        ('{"n_a": 3, "n_b": 0}', []),
    ],
)
def test_json_without_names(found: str, expected: list[str], tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(found)
    assert labels(tmp_path, "r.json") == expected


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([1.0, np.nan]), ["output.non_finite"]),
        (np.zeros(0), ["output.empty"]),
        (np.full(5, 1.5), ["output.constant"]),
        (np.full(5, 2), []),
        (np.array(["a", "b"]), ["output.schema"]),
        (np.zeros(2, dtype=[("a", float)]), ["output.schema"]),
        (np.array([1.0, 2.0]), []),
    ],
)
def test_arrays(array: Any, expected: list[str], tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", mass=array)
    np.save(tmp_path / "a.npy", array)
    assert labels(tmp_path, "a.npz:mass", "a.npy") == expected * 2


def test_names_shapes_weights_and_histograms_in_npz(tmp_path: Path) -> None:
    save_npz(tmp_path / "a.npz", a=[1.0, 2.0], weights=[0.0, 0.0])
    assert labels(tmp_path, "a.npz:a,b") == ["output.schema"]
    assert labels(tmp_path, "a.npz:weights") == ["output.zero_weights"]
    for shape, expected in (((2,), []), ((-1,), []), ((3,), ["output.shape"]), ((2, 1), ["output.shape"])):
        asked = Output(file="a.npz", kind="npz", fields=(OutputField(name="a", shape=shape),))
        assert labels(tmp_path, asked) == expected
    save_npz(tmp_path / "h.npz", counts=[1, 2, 3], edges=[0.0, 1.0, 2.0])
    assert labels(tmp_path, "h.npz") == ["output.shape"]
    save_npz(tmp_path / "h.npz", counts=[1, 2], edges=[0.0, 2.0, 1.0])
    assert labels(tmp_path, "h.npz:counts,edges") == ["output.schema"]
    save_histogram(tmp_path / "h.npz", [], 5, (0, 1))
    assert labels(tmp_path, "h.npz:counts,edges") == ["physics.empty_selection"]
    with zipfile.ZipFile(tmp_path / "h.npz", "w"):
        pass
    assert labels(tmp_path, "h.npz") == ["output.empty"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mass,n\n", ["output.empty"]),
        ("mass\n1\n", ["output.schema"]),
        ("mass,n\n1\n", ["output.schema"]),
        ("mass,n\nx,1\n", ["output.schema"]),
        ("mass,n\nnan,1\n", ["output.non_finite"]),
        ("mass,n\n1.5,1\n1.5,1\n1.5,1\n", ["output.constant"]),
        ('mass,n\n"1,1\n', ["output.unreadable"]),
        ("mass,n\n1.5,1\n2.5,1\n3.5,1\n", []),
    ],
)
def test_csv(text: str, expected: list[str], tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(text)
    assert labels(tmp_path, "t.csv:mass[GeV],n") == expected


def test_parquet_and_root(tmp_path: Path) -> None:
    ak.to_parquet(ak.Array({"mass": [1.0, np.nan]}), tmp_path / "t.parquet")
    assert labels(tmp_path, "t.parquet:mass", "t.parquet:pt") == ["output.non_finite", "output.schema"]
    ak.to_parquet(ak.Array({"mass": np.zeros(0)}), tmp_path / "t.parquet")
    assert labels(tmp_path, "t.parquet") == ["output.empty"]
    with uproot.recreate(tmp_path / "t.root") as file:
        file.mktree("tree", {"mass": np.float64})
    assert labels(tmp_path, "t.root:tree") == ["output.empty"]
    with uproot.recreate(tmp_path / "t.root") as file:
        file["hist"] = np.histogram([1.0, 2.0], bins=2)
    assert labels(tmp_path, "t.root:hist", "t.root:tree") == ["output.schema"]
    (tmp_path / "t.root").write_bytes((tmp_path / "t.root").read_bytes()[:200])
    assert labels(tmp_path, "t.root") == ["output.unreadable"]


def test_text_and_vector_graphics(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(" \n")
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7 cut")
    (tmp_path / "a.svg").write_text("<svg><path/>")
    assert labels(tmp_path, "a.txt", "a.pdf", "a.svg") == ["output.empty", "output.unreadable", "output.unreadable"]


def png(rows: list[bytes], width: int, colour: int, depth: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, len(rows), depth, colour, 0, 0, 0)
    pixels = zlib.compress(b"".join(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def paeth(a: int, b: int, c: int) -> int:
    return min((a, b, c), key=lambda each: abs(a + b - c - each))


def filtered(lines: list[bytes], filters: list[int], step: int) -> list[bytes]:
    """The five filters of the PNG specification, byte by byte."""
    above = bytes(len(lines[0]))
    rows = []
    for line, kind in zip(lines, filters, strict=True):
        row = bytearray([kind])
        for place, value in enumerate(line):
            a = line[place - step] if place >= step else 0
            b, c = above[place], above[place - step] if place >= step else 0
            row.append((value - (0, a, b, (a + b) // 2, paeth(a, b, c))[kind]) % 256)
        rows.append(bytes(row))
        above = line
    return rows


@given(st.data())
def test_one_colour_is_seen_through_every_filter(data: st.DataObject) -> None:
    colour, step = data.draw(st.sampled_from([(0, 1), (2, 3), (4, 2), (6, 4)]))
    width, height = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5))
    lines = [bytearray(data.draw(st.binary(min_size=step, max_size=step)) * width)] * height
    lines = [bytearray(line) for line in lines]
    filters = data.draw(st.lists(st.integers(0, 4), min_size=height, max_size=height))
    blank = png(filtered([bytes(line) for line in lines], filters, step), width, colour, 8)
    assert read_png(blank).one_colour is True
    if width * height > 1:
        line, place = data.draw(st.sampled_from(range(height))), data.draw(st.sampled_from(range(width * step)))
        lines[line][place] ^= data.draw(st.integers(1, 255))
        drawn = png(filtered([bytes(line) for line in lines], filters, step), width, colour, 8)
        assert read_png(drawn).one_colour is False


def test_png_blank_small_cut_short_and_damaged(tmp_path: Path) -> None:
    file = tmp_path / "p.png"
    image.imsave(file, np.full((80, 80, 3), 0.4))
    assert labels(tmp_path, "p.png") == ["output.empty"]
    image.imsave(file, np.random.default_rng(1).uniform(size=(20, 80)))
    assert labels(tmp_path, "p.png") == ["output.empty"]
    image.imsave(file, np.random.default_rng(1).uniform(size=(80, 80)))
    assert labels(tmp_path, "p.png") == []
    whole = file.read_bytes()
    for broken in (whole[:-20], whole[: len(whole) // 2], whole[:500] + b"x" + whole[501:], whole[:8]):
        file.write_bytes(broken)
        assert labels(tmp_path, "p.png") == ["output.unreadable"]
    file.write_bytes(png([b"\0"] * 100_000, 100_000, 6, 16))
    assert labels(tmp_path, "p.png") == ["output.unreadable"]


@given(st.binary(max_size=80))
def test_any_bytes_are_a_png_or_an_error(noise: bytes) -> None:
    for data in (noise, b"\x89PNG\r\n\x1a\n" + noise, png([b"\0" * 4] * 2, 1, 2, 8)[: len(noise)] + noise):
        try:
            read_png(data)
        except PngError:
            continue


@given(st.integers(0, 200), st.binary(min_size=1, max_size=6))
def test_a_damaged_array_file_is_a_failure_or_an_array(place: int, noise: bytes) -> None:
    from hepcoder.tools.array_checks import check_npy, check_npz

    for check, save, kind in ((check_npy, np.save, "npy"), (check_npz, np.savez, "npz")):
        stream = io.BytesIO()
        save(stream, np.arange(5.0))
        data = bytearray(stream.getvalue())
        data[place : place + len(noise)] = noise
        for failure in check(bytes(data), parse_output(f"a.{kind}")):
            assert failure.stage == "output"


def test_a_cutflow_that_rises_is_told_once(tmp_path: Path) -> None:
    rows = [{"name": "all", "n_events": 10}, {"name": "a", "n_events": 12}, {"name": "b", "n_events": 13}]
    (tmp_path / "cutflow.json").write_text(json.dumps(rows))
    assert labels(tmp_path, "cutflow.json", "cutflow.json") == ["physics.non_monotonic_cutflow"]
    (tmp_path / "cutflow.json").unlink()
    (tmp_path / "r.json").write_text(json.dumps({"cutflow": {"all": 10, "a": 12}, "n": 1}))
    assert labels(tmp_path, "r.json:n,cutflow") == ["physics.non_monotonic_cutflow"]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([{"name": "a", "n_events": 2}, {"cut": "b", "count": 1.5}], [2, 1.5]),
        ([["a", 2], ["b", 1]], [2, 1]),
        ({"a": 2, "b": 1}, [2, 1]),
        ({"cutflow": {"a": 2.5, "b": 1}}, None),
        ({"n": 3, "mean": 91.2}, None),
        ([{"name": "a", "n_events": float("nan")}], None),
        ([{"name": "a", "n_events": 10**400}], None),
        ([{"name": "a", "n_events": True}], None),
        ([{"name": "a"}], None),
        ([], None),
        (3, None),
    ],
)
def test_what_counts_as_a_cutflow(found: Any, expected: list[float] | None, tmp_path: Path) -> None:
    (tmp_path / "cutflow.json").write_text(json.dumps(found))
    rows = read_cutflow(tmp_path)
    assert (rows and [row.n_events for row in rows]) == expected


def test_values_are_read_by_name(tmp_path: Path) -> None:
    save_json(tmp_path / "a.json", n=1, text="x", deep={"m": 2}, rows=[1])
    save_json(tmp_path / "b.json", n=2, m=3.5)
    (tmp_path / "c.json").write_text("{")
    outputs = [parse_output(name) for name in ("a.json", "b.json", "c.json", "d.json", "p.png")]
    assert read_values(tmp_path, outputs) == {"n": 1, "text": "x", "m": 3.5}
