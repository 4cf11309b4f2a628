"""The grader accepts the expected outputs, refuses any change beyond tolerance, and survives hostile files."""

import io
import json
import os
import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bench_case import small_task
from hypothesis import given, settings
from hypothesis import strategies as st

from hepcoder.benchmarks.graders.histograms import check_histogram
from hepcoder.benchmarks.graders.numbers import check_close, check_exact
from hepcoder.benchmarks.grading import Grade, grade
from hepcoder.benchmarks.suites.task import BenchTask, Rule
from hepcoder.benchmarks.suites.variant import Variant, make_variant

Case = tuple[BenchTask, Variant]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("grading")
    task = small_task(folder / "suites")
    return task, make_variant(task, 4, folder / "variant")


@pytest.fixture
def graded(case: Case, tmp_path: Path) -> Callable[[Callable[[Path], object]], Grade]:
    """Grades the expected outputs after something was done to their folder."""

    def run(change: Callable[[Path], object]) -> Grade:
        outputs = tmp_path / "outputs"
        shutil.rmtree(outputs, ignore_errors=True)
        shutil.copytree(case[1].expected, outputs)
        change(outputs)
        return grade(*case, outputs)

    return run


def json_with(**changes: Any) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        path = folder / "result.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return change


def npz_with(file: str, **changes: Any) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        with np.load(folder / file) as arrays:
            values = {**arrays, **changes}
        np.savez(folder / file, **{name: value for name, value in values.items() if value is not None})

    return change


def test_the_expected_outputs_pass(graded: Callable[..., Grade]) -> None:
    assert graded(lambda _: None) == Grade(verdict="pass")


def test_other_ways_to_write_the_same_pass(graded: Callable[..., Grade], case: Case) -> None:
    expected = json.loads((case[1].expected / "result.json").read_text())
    rows = (case[1].expected / "table.csv").read_text().split()
    for change in (
        lambda folder: (folder / "more.txt").write_text("not asked for"),
        json_with(n=float(expected["n"]), ids=expected["ids"][::-1], mass=91.24, shift=5e-4, mass_error=0.51),
        lambda folder: (folder / "table.csv").write_text("\r\n".join([rows[0], *rows[:0:-1]])),
        npz_with(
            "h.npz", counts=np.array(np.load(case[1].expected / "h.npz")["counts"], dtype=np.float32), overflow=[3]
        ),
    ):
        assert graded(change) == Grade(verdict="pass")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"n": 999}, "n is 999"),
        ({"n": True}, "n is True"),
        ({"n": "5"}, "n is '5'"),
        ({"n": None}, "n is None"),
        ({"n": float("nan")}, "n is nan"),
        ({"names": ["odd", "all"]}, "names"),
        ({"names": ["all"]}, "2 entries"),
        ({"flow": {"all": 1}}, "names all, odd"),
        ({"flow": [1, 2]}, "names all, odd"),
        ({"mean": True}, "not a number"),
        ({"mean": "5.0"}, "not a number"),
        ({"mean": float("inf")}, "NaN or infinite"),
        ({"mean": [1.0, [2.0]]}, "no regular array"),
        ({"mean": [5.0]}, "shape"),
        ({"mean": {}}, "not a number"),
        ({"mean": 10**400}, "double range"),
        ({"shift": 0.002}, "shift"),
        ({"mass": 91.26}, "mass"),
        ({"mass_error": 0.4}, "mass_error"),
        ({"ids": []}, "ids has 0 events"),
        ({"ids": [1, 1]}, "more than once"),
        ({"ids": [True]}, "no list of whole numbers"),
        ({"ids": ["1"]}, "no list of whole numbers"),
        ({"ids": [1.5]}, "no list of whole numbers"),
        ({"extra": 1}, "'extra', not asked for"),
    ],
)
def test_wrong_values_fail(graded: Callable[..., Grade], changes: dict[str, Any], says: str) -> None:
    found = graded(json_with(**changes))
    assert found.verdict == "fail"
    assert says in "; ".join(found.reasons)


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("h.npz", {"counts": None}),
        ("h.npz", {"extra": np.arange(3)}),
        ("h.npz", {"overflow": 4}),
        ("h.npz", {"underflow": 0}),
        ("h.npz", {"underflow": np.nan}),
        ("h.npz", {"underflow": [1, 1]}),
        ("h.npz", {"counts": np.arange(3)}),
        ("h.npz", {"counts": np.array([[1, 2], [3, 4]])}),
        ("h.npz", {"counts": np.array(["1", "2"])}),
        ("h.npz", {"counts": np.array([True])}),
        ("h.npz", {"edges": np.arange(3)}),
        ("w.npz", {"w_counts": np.full(5, np.nan)}),
        ("w.npz", {"w_edges": np.array([1 + 2j])}),
    ],
)
def test_wrong_arrays_fail(graded: Callable[..., Grade], file: str, changes: dict[str, Any]) -> None:
    found = graded(npz_with(file, **changes))
    assert (found.verdict, len(found.reasons)) == ("fail", 1)


def test_shifted_edges_and_single_bins_fail(graded: Callable[..., Grade], case: Case) -> None:
    with np.load(case[1].expected / "h.npz") as arrays:
        counts, edges = arrays["counts"], arrays["edges"]
    assert graded(npz_with("h.npz", edges=edges + 1)).verdict == "fail"
    assert graded(npz_with("h.npz", edges=edges + 1e-7)).verdict == "pass"
    for number in range(len(counts)):
        changed = counts.copy()
        changed[number] += 1
        assert graded(npz_with("h.npz", counts=changed)).verdict == "fail"


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return stream.getvalue()


def npy_header(shape: str, dtype: str = "<f8") -> bytes:
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "noise": os.urandom(2000),
    "text": b"all good, verdict: pass",
    "pickle": pickle.dumps({"counts": 1}),
    "pickled_array": zipped(counts=npy_header("(1,)", "|O") + pickle.dumps([print])),
    "huge_header": zipped(counts=npy_header("(10000000000,)")),
    "crowd": zipped(**{f"a{number}": npy_header("()") + bytes(8) for number in range(1200)}),
    "negative_header": zipped(counts=npy_header("(-5,)")),
    "code_header": zipped(counts=npy_header("__import__('os').getpid()")),
    "bomb": zipped(counts=npy_header("(12000000,)") + bytes(96_000_000)),
    "deep": b'{"n":' + b"[" * 900 + b"]" * 900 + b"}",
    "deeper": b"[" * 200_000,
    "twice": b'{"n": 1, "n": 2}',
    "long_number": b'{"n": ' + b"9" * 6000 + b"}",
    "list": b"[1, 2, 3]",
    "nan": b'{"n": NaN}',
    "surrogate": b'{"n": "\\ud800"}',
    "utf16": '{"n": 1}'.encode("utf-16"),
    "null_bytes": b"event,m\n1\0,2\n",
    "quote": b'event,m\n"1,2\n',
    "uneven": b"event,m\n1,2,3\n",
    "wide": b"event,m\n" + b"1" * 200_000 + b",2\n",
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("file", ["result.json", "h.npz", "table.csv", "rows.npy"])
def test_hostile_content_is_a_fail_with_a_reason(graded: Callable[..., Grade], kind: str, file: str) -> None:
    found = graded(lambda folder: (folder / file).write_bytes(HOSTILE[kind]))
    assert found.verdict == "fail"
    assert any(file in reason for reason in found.reasons)


@pytest.mark.parametrize("file", ["result.json", "h.npz", "table.csv", "rows.npy"])
@pytest.mark.parametrize("kind", ["missing", "link", "dangling", "folder", "pipe", "sparse"])
def test_hostile_files_are_a_fail_with_a_reason(graded: Callable[..., Grade], case: Case, kind: str, file: str) -> None:
    def change(folder: Path) -> None:
        path = folder / file
        path.unlink()
        if kind == "link":
            path.symlink_to(case[1].expected / file)
        elif kind == "dangling":
            path.symlink_to(folder / "nowhere")
        elif kind == "folder":
            path.mkdir()
        elif kind == "pipe":
            os.mkfifo(path)
        elif kind == "sparse":
            path.touch()
            os.truncate(path, 10 * 1024**3)

    found = graded(change)
    assert found.verdict == "fail"
    assert file in found.reasons[0]


def test_a_folder_that_is_missing_or_linked_fails(case: Case, tmp_path: Path) -> None:
    assert grade(*case, tmp_path / "none").verdict == "fail"
    assert grade(*case, tmp_path).verdict == "fail"


def test_a_grader_without_its_reference_is_an_error_of_its_own(case: Case, tmp_path: Path) -> None:
    task, variant = case
    moved = variant.model_copy(update={"folder": tmp_path / "moved"})
    shutil.copytree(variant.folder, moved.folder)
    (moved.expected / "h.npz").write_bytes(b"broken")
    assert grade(task, moved, variant.expected).verdict == "harness_error"
    other = variant.model_copy(update={"task_digest": "0" * 64})
    found = grade(task, other, variant.expected)
    assert found.verdict == "harness_error"
    assert "changed" in found.reasons[0]


def test_rules_of_a_suite_may_crash_or_refuse(tmp_path: Path) -> None:
    checks = tmp_path / "suites" / "made" / "checks.py"
    rule = {"kind": "custom", "function": "../checks.py:agrees"}
    task = small_task(
        tmp_path / "suites",
        outputs=["result.json:n,names,flow,mean,shift,mass,mass_error,ids"],
        grading={
            f"result.json:{name}": rule for name in ("n", "names", "flow", "mean", "shift", "mass", "mass_error", "ids")
        },
    )
    verdicts = []
    for body in (
        "return []",
        "return ['no']",
        "return [1 / 0]",
        "from hepcoder.benchmarks.graders.numbers import WrongError; raise WrongError('no')",
    ):
        checks.write_text(f"def agrees(value, expected, constants):\n    {body}\n")
        task = task.model_copy(update={"digest": ""})
        variant = make_variant(task, 1, tmp_path / "v")
        verdicts.append(grade(task, variant, variant.expected).verdict)
    assert verdicts == ["pass", "fail", "harness_error", "fail"]


COUNTS = st.lists(st.integers(0, 50), min_size=1, max_size=12)


@settings(deadline=None)
@given(COUNTS, st.integers(0, 50), st.integers(0, 50), st.data())
def test_a_histogram_passes_as_it_is_and_fails_with_any_bin_changed(
    counts: list[int], below: int, above: int, data: st.DataObject
) -> None:
    right = {"counts": counts, "edges": list(range(len(counts) + 1)), "underflow": below, "overflow": above}
    rule = Rule(kind="histogram")
    assert check_histogram(right, right, rule) == []
    name = data.draw(st.sampled_from(["counts", "underflow", "overflow"]))
    step = data.draw(st.integers(-50, 50).filter(bool))
    if name == "counts":
        place = data.draw(st.integers(0, len(counts) - 1))
        wrong = {**right, "counts": [n + step * (k == place) for k, n in enumerate(counts)]}
    else:
        wrong = {**right, name: right[name] + step}  # type: ignore[operator]
    assert check_histogram(wrong, right, rule)


@settings(deadline=None)
@given(st.lists(st.integers(5, 50), min_size=3, max_size=12), st.data())
def test_moved_events_count_by_their_steps(counts: list[int], data: st.DataObject) -> None:
    edges = list(range(len(counts) + 1))
    rule = Rule(kind="histogram", moved=3, reason="rounding")
    start, end = data.draw(st.lists(st.integers(0, len(counts) - 1), min_size=2, max_size=2, unique=True))
    moved = list(counts)
    moved[start] -= 1
    moved[end] += 1
    found = check_histogram({"counts": moved, "edges": edges}, {"counts": counts, "edges": edges}, rule)
    assert bool(found) == (abs(start - end) > 3)
    moved[end] += 1
    assert check_histogram({"counts": moved, "edges": edges}, {"counts": counts, "edges": edges}, rule)


NUMBERS = st.floats(-1e6, 1e6).filter(lambda x: abs(x) > 1e-3)


@settings(deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=8), st.floats(1e-9, 1e-2), st.data())
def test_numbers_within_tolerance_pass_and_beyond_fail(
    right: list[float], tolerance: float, data: st.DataObject
) -> None:
    rule = Rule(kind="relative", tolerance=tolerance, reason="a test")
    place = data.draw(st.integers(0, len(right) - 1))
    sign = data.draw(st.sampled_from([-1, 1]))
    near, far = list(right), list(right)
    near[place] *= 1 + 0.9 * sign * tolerance
    far[place] *= 1 + 1.2 * sign * tolerance
    assert check_close(near, right, "x", rule) == []
    assert check_close(far, right, "x", rule)
    assert check_close(near[:-1], right, "x", rule)
    assert check_close([*near[:place], float("nan"), *near[place + 1 :]], right, "x", rule)


PLAIN = st.recursive(
    st.integers() | st.text(max_size=5) | st.booleans() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(PLAIN, PLAIN)
def test_exact_is_equality_in_which_true_is_not_one(found: Any, right: Any) -> None:
    assert check_exact(right, right, "x") == []
    same = json.dumps(typed(found), sort_keys=True) == json.dumps(typed(right), sort_keys=True)
    assert (check_exact(found, right, "x") == []) == same


def typed(value: Any) -> Any:
    """The value with whole floats as integers, and everything else told apart by its type."""
    if isinstance(value, dict):
        return {key: typed(each) for key, each in value.items()}
    if isinstance(value, list):
        return [typed(each) for each in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_crash_the_grader(case: Case, content: bytes) -> None:
    task, variant = case
    outputs = variant.folder.parent / "fuzzed"
    shutil.rmtree(outputs, ignore_errors=True)
    shutil.copytree(variant.expected, outputs)
    for file in ("result.json", "h.npz", "table.csv", "rows.npy"):
        whole = (variant.expected / file).read_bytes()
        (outputs / file).write_bytes(whole[: len(content)] + content + whole[2 * len(content) :])
    assert grade(task, variant, outputs).verdict in ("pass", "fail")
