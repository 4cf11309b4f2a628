"""Suites load whole or not at all, and say what is wrong."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from bench_case import MAKER, REFERENCE, TASK, small_task, write_task

from hepcoder.benchmarks.suites.errors import (
    DuplicateTaskError,
    EditError,
    MissingReferenceError,
    SuiteError,
    SuiteNotFoundError,
    ToleranceReasonError,
    UnknownOutputError,
)
from hepcoder.benchmarks.suites.loading import SUITES, load_suite, load_task, suite_names

MUTANT = {"name": "other", "what": "nothing of the kind"}


def rules(**changes: Any) -> dict[str, Any]:
    """The grading with some rules replaced or, by None, removed."""
    merged = {**TASK["grading"], **{name.replace("__", ":"): rule for name, rule in changes.items()}}
    return {name: rule for name, rule in merged.items() if rule is not None}


def test_a_whole_task_loads(tmp_path: Path) -> None:
    task = small_task(tmp_path)
    assert (task.name, suite_names(tmp_path), load_suite("made", tmp_path)) == ("made/small", ("made",), (task,))


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"reference": None}, MissingReferenceError, "reference.py"),
        ({"reference": "def other(): pass"}, MissingReferenceError, "def analyse("),
        ({"maker": None}, MissingReferenceError, "maker.py"),
        ({"maker": "make = 3"}, MissingReferenceError, "def make("),
        ({"title": None}, SuiteError, "title"),
        ({"extra": 1}, SuiteError, "extra"),
        ({"digest": "x"}, SuiteError, "digest"),
        ({"id": "other"}, SuiteError, "made/other"),
        ({"prompt": "uses {mass}"}, SuiteError, "mass"),
        ({"prompt": "open {n"}, SuiteError, "no template"),
        ({"constants": {"n": {"low": 1, "high": 4, "step": 2}}}, SuiteError, "steps of 2"),
        ({"constants": {"n": []}}, SuiteError, "constants"),
        ({"outputs": ["/etc/passwd"]}, UnknownOutputError, "outside"),
        ({"outputs": ["result.root:n"]}, UnknownOutputError, "cannot be graded"),
        ({"outputs": ["result.json"]}, UnknownOutputError, "name what must be in"),
        ({"grading": rules(**{"result.json:other": {"kind": "exact"}})}, UnknownOutputError, "other"),
        ({"grading": rules(**{"other.json:n": {"kind": "exact"}})}, UnknownOutputError, "other.json"),
        ({"grading": rules(**{"result.json:n": None})}, UnknownOutputError, "0 rules"),
        ({"grading": rules(**{"h.npz:edges": {"kind": "exact"}})}, UnknownOutputError, "2 rules"),
        (
            {"grading": rules(**{"result.json:mean": {"kind": "relative", "tolerance": 1e-3}})},
            ToleranceReasonError,
            "mean",
        ),
        (
            {"grading": rules(**{"result.json:mean": {"kind": "relative", "tolerance": 1e-3, "reason": " "}})},
            ToleranceReasonError,
            "mean",
        ),
        ({"grading": rules(**{"h.npz:counts": {"kind": "histogram", "moved": 2}})}, ToleranceReasonError, "counts"),
        ({"grading": rules(**{"result.json:mean": {"kind": "relative"}})}, SuiteError, "needs a tolerance"),
        (
            {"grading": rules(**{"result.json:n": {"kind": "exact", "tolerance": 1.0, "reason": "none"}})},
            SuiteError,
            "kind exact",
        ),
        ({"grading": rules(**{"result.json:n": {"kind": "roughly"}})}, SuiteError, "kind"),
        (
            {"outputs": [one.replace(",underflow", "") for one in TASK["outputs"]]},
            UnknownOutputError,
            "underflow and overflow, or for neither",
        ),
        ({"mutants": []}, SuiteError, "mutants"),
        ({"mutants": [{**MUTANT, "replace": ["not there", "new"]}]}, EditError, "0 times"),
        ({"mutants": [{**MUTANT, "replace": ["constants", "new"]}]}, EditError, "2 times"),
        ({"mutants": [{**MUTANT, "replace": ["n + 1", "n + 1"]}]}, EditError, "changes nothing"),
        ({"mutants": [MUTANT]}, EditError, "changes nothing"),
        ({"mutants": [{**MUTANT, "replace": ["n + 1", "n +"]}]}, EditError, "not Python"),
        ({"mutants": [{**MUTANT, "source": "none.py"}]}, MissingReferenceError, "none.py"),
        ({"mutants": [TASK["mutants"][0], {**TASK["mutants"][0]}]}, EditError, "two edits named 'even'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, changes: dict[str, Any], error: type[SuiteError], says: str) -> None:
    with pytest.raises(error, match=says.replace("(", r"\(")):
        load_task(write_task(tmp_path, **changes))


def test_a_second_task_of_the_same_id_is_refused_before_anything_else(tmp_path: Path) -> None:
    folder = write_task(tmp_path)
    copy = folder.parent / "copy"
    copy.mkdir()
    (copy / "task.yaml").write_bytes((folder / "task.yaml").read_bytes())
    with pytest.raises(DuplicateTaskError, match="copy, small"):
        load_suite("made", tmp_path)


@pytest.mark.parametrize("content", [b"[1, 2]", b"id: [", b"\xff\xfe\x00"])
def test_a_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    folder = write_task(tmp_path)
    (folder / "task.yaml").write_bytes(content)
    with pytest.raises(SuiteError, match=r"task\.yaml"):
        load_task(folder)


def test_missing_suites_and_tasks_are_named(tmp_path: Path) -> None:
    write_task(tmp_path)
    with pytest.raises(SuiteNotFoundError, match="no suite 'other'; there are made"):
        load_suite("other", tmp_path)
    with pytest.raises(SuiteNotFoundError, match=r"task\.yaml is missing"):
        load_task(tmp_path)


def test_the_digest_follows_the_files_of_the_task_and_of_its_suite(tmp_path: Path) -> None:
    folder = write_task(tmp_path)
    first = load_task(folder).digest
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "reference.pyc").write_bytes(b"x")
    (folder / ".hidden").write_text("x")
    assert load_task(folder).digest == first
    digests = {first}
    for path, text in (
        (folder / "reference.py", REFERENCE + "\n"),
        (folder.parent / "shared.py", ""),
        (folder / "more.txt", ""),
    ):
        path.write_text(text)
        digests.add(load_task(folder).digest)
    (folder / "more.txt").rename(folder / "other.txt")
    digests.add(load_task(folder).digest)
    assert len(digests) == 5


def test_the_digest_follows_the_suite_that_a_maker_is_borrowed_from(tmp_path: Path) -> None:
    lender = tmp_path / "lender"
    (lender / "other").mkdir(parents=True)
    (lender / "other" / "make.py").write_text(MAKER)
    folder = write_task(tmp_path, maker=None)
    task = yaml.safe_load((folder / "task.yaml").read_text())
    (folder / "task.yaml").write_text(yaml.safe_dump({**task, "maker": "../../lender/other/make.py"}))
    digests = {load_task(folder).digest}
    for path, text in (
        (lender / "other" / "make.py", MAKER + "\n"),
        (lender / "shared.py", ""),
        (lender / "a.txt", ""),
    ):
        path.write_text(text)
        digests.add(load_task(folder).digest)
    assert len(digests) == 3


@pytest.mark.parametrize("name", suite_names())
def test_every_shipped_suite_loads(name: str) -> None:
    tasks = load_suite(name)
    assert len(tasks) >= 2
    for task in tasks:
        assert len(task.mutants) >= 6, task.name
        assert len(task.equivalents) >= 2, task.name


def test_no_reference_knows_the_tools() -> None:
    for path in SUITES.glob("*/*/*.py"):
        assert "hepcoder.tools" not in path.read_text(encoding="utf-8"), path
