"""Reads npz and npy results without ever loading a pickle, and says what is wrong with them."""

import io
import lzma
import tokenize
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

from hepcoder.ledger.failures import Failure
from hepcoder.tools.contract import Output, OutputField
from hepcoder.tools.number_checks import check_array, fail, missing_names
from hepcoder.tools.safe_files import MAX_BYTES

if TYPE_CHECKING:
    import numpy.typing as npt

# RuntimeError: an encrypted member, a nested header; TokenError: a header that is not Python.
_BROKEN = (
    ValueError,
    TypeError,
    OSError,
    EOFError,
    MemoryError,
    RuntimeError,
    SyntaxError,
    lzma.LZMAError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


def check_npy(content: bytes, output: Output) -> list[Failure]:
    """Say what is wrong with a npy output; at most one failure."""
    try:
        array = _read_array(content)
    except _BROKEN as error:
        return [fail("output", "unreadable", f"{output.file} is not a plain npy file ({error}); write it with np.save")]
    return check_array(output.file, "", array, None)


def check_npz(content: bytes, output: Output) -> list[Failure]:
    """Say what is wrong with a npz output: required names first, then each array.

    Args:
        content: The file's bytes.
        output: The contract; without fields, every array is looked at.

    Returns:
        At most one failure for each array.
    """
    file = output.file
    try:
        arrays = _read_arrays(content)
    except _BROKEN as error:
        return [
            fail(
                "output", "unreadable", f"{file} is not a plain npz file ({error}); write it with save_npz or np.savez"
            )
        ]
    if not arrays:
        return [fail("output", "empty", f"{file} holds no array; write save_npz({file!r}, name=array)")]
    missing = missing_names(output, arrays)
    if missing:
        return missing
    wanted: dict[str, OutputField | None] = {field.name: field for field in output.fields} or dict.fromkeys(arrays)
    checked = [
        failure
        for name, field in wanted.items()
        for failure in check_array(f"{name!r} in {file}", name, arrays[name], field)
    ]
    return checked or _check_histogram(file, arrays)


def _read_arrays(content: bytes) -> "dict[str, npt.NDArray[Any]]":
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = sum(info.file_size for info in archive.infolist())
        if size > MAX_BYTES:
            message = f"it unpacks to {size:,} bytes, more than {MAX_BYTES:,}"
            raise ValueError(message)
        return {info.filename.removesuffix(".npy"): _read_array(archive.read(info)) for info in archive.infolist()}


def _read_array(content: bytes) -> "npt.NDArray[Any]":
    """Read one array; raises ValueError on Python objects and when the header asks for more than there is."""
    import numpy as np

    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = header(stream)
    if dtype.hasobject:
        message = "it holds Python objects; make a plain array of numbers, ak.flatten jagged ones"
        raise ValueError(message)
    n_bytes = dtype.itemsize
    for length in shape:
        n_bytes *= length
    if n_bytes > len(content):
        message = f"its header asks for {n_bytes:,} bytes, the file has {len(content):,}"
        raise ValueError(message)
    stream.seek(0)
    return np.lib.format.read_array(stream, allow_pickle=False)


def _check_histogram(file: str, arrays: "dict[str, npt.NDArray[Any]]") -> list[Failure]:
    counts, edges = arrays.get("counts"), arrays.get("edges")
    if counts is None or edges is None or counts.ndim != 1 or edges.ndim != 1 or edges.dtype.kind not in "iuf":
        return []
    if len(edges) != len(counts) + 1:
        message = f"{file} has {len(edges)} edges for {len(counts)} counts; n bins have n + 1 edges; use save_histogram"
        return [fail("output", "shape", message)]
    if not bool((edges[1:] > edges[:-1]).all()):
        return [fail("output", "schema", f"the edges in {file} do not rise from bin to bin; use save_histogram")]
    return []
