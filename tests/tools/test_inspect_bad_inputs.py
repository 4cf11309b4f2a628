"""Files that are not what they should be: the error names the file and the fault."""

import gzip
import io
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uproot

from hepcoder.ledger.errors import InputError
from hepcoder.tools.inspect import inspect_input


def root_bytes(folder: Path) -> bytes:
    path = folder / "whole.root"
    with uproot.recreate(path) as file:
        file.mktree("Events", {"x": np.random.default_rng(1).normal(size=20_000)})
    return path.read_bytes()


def parquet_bytes() -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"x": list(range(1000))}), buffer)
    return buffer.getvalue()


def npz_bytes() -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, x=np.arange(1000.0))
    return buffer.getvalue()


def refused(path: Path, fault: str) -> None:
    with pytest.raises(InputError, match=fault) as caught:
        inspect_input(path)
    assert path.name in str(caught.value)


def test_missing_folder_and_empty(tmp_path: Path) -> None:
    refused(tmp_path / "none.root", "there is no file")
    (tmp_path / "folder.root").mkdir()
    refused(tmp_path / "folder.root", "is a folder")
    (tmp_path / "empty.root").touch()
    refused(tmp_path / "empty.root", r"is empty \(0 bytes\)")


@pytest.mark.parametrize("size", [4, 19, 60, 500, 20_000, -2])
def test_truncated_root(tmp_path: Path, size: int) -> None:
    (tmp_path / "cut.root").write_bytes(root_bytes(tmp_path)[:size])
    refused(tmp_path / "cut.root", "truncated")


@pytest.mark.parametrize(("name", "make"), [("cut.parquet", parquet_bytes), ("cut.npz", npz_bytes)])
@pytest.mark.parametrize("part", [0.3, 0.99])
def test_truncated_tables(tmp_path: Path, name: str, make: Callable[[], bytes], part: float) -> None:
    whole = make()
    (tmp_path / name).write_bytes(whole[: int(len(whole) * part)])
    refused(tmp_path / name, "truncated or damaged")


def test_truncated_npy_gzip_and_lhco(tmp_path: Path) -> None:
    np.save(tmp_path / "whole.npy", np.arange(1000.0))
    (tmp_path / "cut.npy").write_bytes((tmp_path / "whole.npy").read_bytes()[:4000])
    refused(tmp_path / "cut.npy", "truncated or damaged")
    text = "0 1 0\n" + "  1  4  0.5  1.0  45.0  5.0  3.0  0.0  1.0  0.0  0.0\n" * 4000
    (tmp_path / "cut.lhco").write_text(text[:-30])
    refused(tmp_path / "cut.lhco", "line 4001: an object line has")
    (tmp_path / "cut.lhco.gz").write_bytes(gzip.compress(os.urandom(10) + text.encode())[:-200])
    refused(tmp_path / "cut.lhco.gz", "not a .lhco file|cannot be read")


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("text.root", b"pt,eta\n1,2\n", "not a .root file: it looks like csv"),
        ("zip.root", npz_bytes(), "looks like npz"),
        ("page.parquet", b"<html><body>404</body></html>", "not a .parquet file"),
        ("data.lhco", b"pt,eta\n1,2\n", "looks like csv"),
        ("data.csv", b"0 1 7\n1 4 0.5 1 45 5 3 0 1 0 0\n", "looks like lhco"),
        ("data.npz", b"\x89HDF\r\n\x1a\n" + bytes(64), "looks like HDF5"),
        ("data.h5", b"\x89HDF\r\n\x1a\n" + bytes(64), "not a ROOT, Parquet, npz, npy, CSV, JSON or LHCO file"),
        ("only.csv", b"pt,eta\n", "no line of data"),
        ("ragged.csv", b"pt,eta\n1,2\n1,2,3\n", "csv|CSV"),
    ],
)
def test_not_what_the_suffix_says(tmp_path: Path, name: str, content: bytes, fault: str) -> None:
    (tmp_path / name).write_bytes(content)
    refused(tmp_path / name, fault)


def test_root_without_a_tree(tmp_path: Path) -> None:
    with uproot.recreate(tmp_path / "h.root") as file:
        file["h"] = np.histogram(np.arange(10.0))
    refused(tmp_path / "h.root", "no TTree and no RNTuple")


def test_damaged_data_is_named_when_nothing_can_be_read(tmp_path: Path) -> None:
    whole = bytearray(root_bytes(tmp_path))
    middle = len(whole) // 2
    whole[middle - 20_000 : middle + 20_000] = bytes(40_000)
    (tmp_path / "holes.root").write_bytes(whole)
    refused(tmp_path / "holes.root", "truncated or damaged")
