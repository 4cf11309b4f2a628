"""The fast LHCO reader gives what a plain loop over lines gives, number by number and fault by fault."""

import gzip
import math
from pathlib import Path
from typing import Any

import awkward as ak
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hepcoder.ledger.errors import InputError
from hepcoder.tools import read_events
from hepcoder.tools.inspect import lhco_rows, lhco_text
from hepcoder.tools.inspect.lhco import read_lhco
from hepcoder.tools.inspect.lhco_text import count_lhco_events

NAMES = {0: "Photon", 1: "Electron", 2: "Muon", 3: "Tau", 4: "Jet", 6: "MET"}
COLUMNS = ("eta", "phi", "pt", "mass", "ntrk", "btag", "hadem")


def plain(text: str, stop: int | None) -> Any:
    """Events as (number, trigger, {kind: rows}), or the number of the line that is wrong."""
    events: list[tuple[int, int, dict[str, list[list[float]]]]] = []
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            if words[0] == "0":
                if stop is not None and len(events) >= stop:
                    break
                trigger = int(float(words[2])) if len(words) > 2 else 0
                events.append((int(float(words[1])), trigger, {name: [] for name in NAMES.values()}))
                continue
            kind, values = int(words[1]), [float(word) for word in words[2:9]]
            if len(values) < 7:
                return number
        except (ValueError, IndexError):
            return number
        if kind in NAMES and events:
            events[-1][2][NAMES[kind]].append(values)
    return events


def fast(path: Path, stop: int | None) -> Any:
    try:
        arrays = {name: array.tolist() for name, array in read_lhco(path, stop).items()}
    except InputError as error:
        return int(str(error).split(" line ")[1].split(":")[0])
    events = []
    for place, (number, trigger) in enumerate(zip(arrays["event"], arrays["trigger"], strict=True)):
        kinds = {}
        for name in NAMES.values():
            columns = [arrays[f"{name}.{column}"][place] for column in (COLUMNS if name != "MET" else ("pt", "phi"))]
            kinds[name] = columns if name == "MET" else [list(row) for row in zip(*columns, strict=True)]
        events.append((number, trigger, kinds))
    return events


def same(found: Any, expected: Any) -> None:
    if isinstance(expected, int):
        assert found == expected
        return
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours[:2] == theirs[:2]
        kinds = dict(theirs[2])
        missing = kinds["MET"][0] if kinds["MET"] else None
        kinds["MET"] = [missing[2], missing[1]] if missing else [math.nan, math.nan]
        assert repr(ours[2]) == repr(kinds)


def both(path: Path, text: str, stop: int | None = None, *, packed: bool = False) -> None:
    content = text.encode()
    path.write_bytes(gzip.compress(content) if packed else content)
    expected = plain(text, stop)
    same(fast(path, stop), expected)
    if not isinstance(expected, int) and stop is None:
        assert count_lhco_events(path) == len(expected)


NUMBERS = st.one_of(
    st.floats(-1e3, 1e3).map(lambda x: f"{x:.3f}"),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["0", "-0.0", "1.", ".5", "1e-5", "12345678901234567890.123456789", "2.2250738585072014e-308"]),
)
HEADS = st.builds("0 {} {}".format, st.integers(0, 10**6), st.integers(0, 4095))
OBJECTS = st.builds(
    lambda place, kind, numbers, spare: " ".join([str(place), str(kind), *numbers, *spare]),
    st.integers(1, 20), st.integers(0, 6), st.lists(NUMBERS, min_size=7, max_size=7), st.just(["0.0", "0.0"]),
)  # fmt: skip
ODD = st.sampled_from(
    [
        "0 7", "0 8 9 10", "  0\t5 3", "0 1.7e1 2.0", "# 1 4 comment", "   #", "", "   ", "\t", "1 4 1 1 1 1 1 1 1",
        "3 5 1 1 1 1 1 1 1 0 0",
        "1 4 nan inf 1_0 +3 1 1 1 0 0", "2 4 1 1 1 1 1 1 1 0 # note", "00 1 2 3 4 5 6 7 8",
        "1 4 1 1 1 1 1 1 1 0 0 0", "é 4 1 1 1 1 1 1 1",
        "2 99999999999999999999 1 1 1 1 1 1 1", "2 -3 1 1 1 1 1 1 1", "1\x0b4\x0c1 1 1 1 1 1 1",
    ]
)  # fmt: skip
WRONG = st.sampled_from(
    ["0", "0 x 1", "0 1 x", "1 4 1 1 1 1 1 1", "1 4.0 1 1 1 1 1 1 1", "1 4 1 1 - 1 1 1 1 0 0", "word"]
)
LINES = st.tuples(
    st.sampled_from(["", " ", "  ", "\t"]), st.one_of(HEADS, OBJECTS, OBJECTS), st.sampled_from(["", " ", "  "])
)
REGULAR = st.lists(LINES.map("".join), max_size=25)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])


@given(
    REGULAR,
    st.lists(st.tuples(st.integers(0, 25), st.one_of(ODD, WRONG)), max_size=3),
    ENDS,
    st.integers(0, 12),
    st.booleans(),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_lines_in_any_chunks(
    tmp_path: Path, lines: list[str], odd: list[tuple[int, str]], end: str, stop: int, packed: bool
) -> None:
    for place, line in odd:
        lines.insert(place, line)
    text = end.join(lines) + (end if stop % 2 else "")
    with pytest.MonkeyPatch.context() as patch:
        for size in (40, 1 << 20):
            patch.setattr(lhco_text, "CHUNK_BYTES", size)
            both(tmp_path / "a.lhco", text, stop if stop < 6 else None, packed=packed)


def events_text(n: int) -> str:
    lines = ["# header", "  #  typ eta phi pt jmas ntrk btag had/em dum1 dum2"]
    for event in range(n):
        lines.append(f"0 {event:8d}   12")
        lines += [
            f"  {k + 1}  {(event + k) % 7}  {k - 1.25:.3f}  {k * 0.7:8.4f} {event * 1.1:9.3f} 1.5 -1.0 2.0 0.30 0.0 0.0"
            for k in range(event % 5)
        ]
    return "\n".join(lines) + "\n"


def test_regular_lines_take_the_fast_way(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(lhco_rows, "_careful", None)
    for name, text in (("a", events_text(400)), ("b", events_text(400).replace("\n", "\r\n").replace("  ", "\t"))):
        both(tmp_path / f"{name}.lhco", text)
        both(tmp_path / f"{name}.lhco", text, 17, packed=True)


@pytest.mark.parametrize("size", [64, 1000, 1 << 20])
def test_a_fault_after_the_last_wanted_event_is_not_looked_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, size: int
) -> None:
    monkeypatch.setattr(lhco_text, "CHUNK_BYTES", size)
    text = events_text(50) + "1 4 broken\n"
    both(tmp_path / "a.lhco", text, 49)
    both(tmp_path / "a.lhco", text, 50)
    with pytest.raises(
        InputError, match=r"line 153: an object line has .* not '1 4 broken'; the file may be truncated"
    ):
        read_events(tmp_path / "a.lhco")


def test_text_that_is_not_whole(tmp_path: Path) -> None:
    (tmp_path / "a.lhco").write_bytes(events_text(3).encode() + b"# \xe9\n")
    with pytest.raises(InputError, match="is not whole LHCO text: 'utf-8' codec can't decode byte 0xe9"):
        read_lhco(tmp_path / "a.lhco", None)
    with pytest.raises(InputError, match="not whole LHCO text"):
        count_lhco_events(tmp_path / "a.lhco")
    packed = gzip.compress(events_text(3000).encode())
    (tmp_path / "b.lhco.gz").write_bytes(packed[:-100])
    with pytest.raises(InputError, match="not whole LHCO text: Compressed file ended"):
        count_lhco_events(tmp_path / "b.lhco.gz")
    damaged = bytearray(packed)
    damaged[len(packed) // 2 : len(packed) // 2 + 40] = bytes(40)
    (tmp_path / "c.lhco.gz").write_bytes(damaged)
    with pytest.raises(InputError, match="not whole LHCO text"):
        count_lhco_events(tmp_path / "c.lhco.gz")


def test_long_indentation_is_counted_too(tmp_path: Path) -> None:
    path = tmp_path / "a.lhco"
    path.write_text("0 1 2\n" + " " * 5000 + "0 2 3\n")
    assert count_lhco_events(path) == 2
    assert read_lhco(path, None)["event"].tolist() == [1, 2]


def test_delivered_types_are_those_of_lists(tmp_path: Path) -> None:
    (tmp_path / "a.lhco").write_text(events_text(30))
    events = read_events(tmp_path / "a.lhco")
    assert str(events.Jet.pt.type) == "30 * var * float64"
    assert str(events.MET.pt.type) == "30 * float64"
    assert str(events.event.type) == "30 * int64"
    assert ak.is_valid(events)
