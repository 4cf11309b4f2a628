"""The corpus of faults: made the same each time, every kind of fault is one, and rules cure what they must."""

import ast
from collections import Counter
from pathlib import Path
from random import Random

import numpy as np
import pytest

from hepcoder.benchmarks.faults.contents import same_contents
from hepcoder.benchmarks.faults.corpus import EACH, MUTATORS, build_corpus
from hepcoder.benchmarks.faults.data import TASKS
from hepcoder.benchmarks.faults.measuring import Measurement, measure
from hepcoder.benchmarks.faults.places import misspelt
from hepcoder.benchmarks.faults.programs import load_programs
from hepcoder.benchmarks.faults.records import Fault, Mutator, Result
from hepcoder.benchmarks.faults.report import HALVES, cured_share, report, true_faults
from hepcoder.ledger.failures import Failure
from hepcoder.sandbox.choose import choose_sandbox

PROGRAMS = load_programs()
SOURCES = {program.name: program.source for program in PROGRAMS}
CORPUS = build_corpus(PROGRAMS)
WANTED = 0.6


def parses(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    return True


def test_programs_are_python_and_write_their_outputs() -> None:
    assert len(PROGRAMS) >= 30
    assert {program.data for program in PROGRAMS} == {*TASKS, "mini"}
    for program in PROGRAMS:
        assert parses(program.source)
        assert all(output.file in program.source for output in program.outputs)


def test_the_corpus_is_the_same_each_time() -> None:
    assert build_corpus(PROGRAMS) == CORPUS
    assert build_corpus(PROGRAMS[:4], seed=6) != build_corpus(PROGRAMS[:4])
    assert [fault.id for fault in CORPUS] == list(range(1, len(CORPUS) + 1))
    assert len(CORPUS) >= 250
    halves = Counter(fault.half for fault in CORPUS)
    assert abs(halves["development"] - halves["held-out"]) <= 1


@pytest.mark.parametrize("mutator", MUTATORS, ids=lambda one: one.name)
def test_each_mutator_makes_other_texts(mutator: Mutator) -> None:
    assert mutator.expected == "silent" or failure_class(mutator.expected)
    mine = [fault for fault in CORPUS if fault.kind == mutator.name]
    assert 1 <= len(mine) <= EACH
    assert len({fault.source for fault in mine}) == len(mine)
    for fault in mine:
        right = SOURCES[fault.program]
        assert fault.source != right
        if mutator.expected != "static.syntax":
            assert ast.dump(ast.parse(fault.source)) != ast.dump(ast.parse(right))


def failure_class(label: str) -> bool:
    stage, name = label.split(".")
    return Failure(stage=stage, name=name, message="").label == label  # type: ignore[arg-type]


def test_kinds_cover_the_stages_at_which_models_fail() -> None:
    assert len({mutator.name for mutator in MUTATORS}) == len(MUTATORS) >= 60
    assert {mutator.expected.split(".")[0] for mutator in MUTATORS} == {
        "static",
        "execution",
        "output",
        "physics",
        "silent",
    }


def test_misspelt_names_differ() -> None:
    for seed in range(200):
        for name in ("aaaa", "muons", "histogram"):
            assert misspelt(name, Random(seed)) not in {None, name}


def test_contents_are_compared_to_the_last_digit() -> None:
    one = {"a.npz": {"x": np.array([1.0, np.nan])}, "b.json": {"n": 2}, "c.csv": b"x\n1\n"}
    assert same_contents(one, {**one, "b.json": {"n": 2.0}})
    assert not same_contents(one, {**one, "a.npz": {"x": np.array([1.0, 0.0])}})
    assert not same_contents(one, {**one, "c.csv": b"x\n2\n"})
    assert not same_contents(one, {"b.json": {"n": 2}})


def result(number: int, *, effect: str | None, ending: str) -> Result:
    fault = Fault(id=number, kind="slip", expected="static.name", program="scan", source="x = 1\n")
    return Result(fault=fault, effect=effect, ending=ending, left="", rules=("near_names",))  # type: ignore[arg-type]


def test_the_report_counts_faults_only_and_each_half() -> None:
    results = (
        result(1, effect="static.name", ending="cured"),
        result(2, effect="silent", ending="wrong"),
        result(3, effect=None, ending="cured"),
        result(4, effect="execution.name", ending="failing"),
        result(5, effect="static.name", ending="wrong"),
    )
    text = report(Measurement(programs=("scan",), touched=(), results=results))
    assert "4 faults of 1 kinds" in text
    assert "1 changes that change no result left out" in text
    assert "correct programs left untouched: 1 of 1" in text
    assert "run to their end with another result: 2" in text
    assert "of these, before the rules too: 1" in text
    shares = [cured_share(true_faults(results, half)) for half in HALVES]
    assert shares == [0.5, 0.0]


@pytest.mark.thorough
@pytest.mark.timeout(1200)
def test_rules_alone_cure_most_faults_and_touch_no_correct_program(tmp_path: Path) -> None:
    sandbox = choose_sandbox()
    try:
        found = measure(PROGRAMS, CORPUS, sandbox, tmp_path)
    finally:
        sandbox.close()
    print(report(found))
    faults = true_faults(found.results)
    assert found.touched == ()
    assert len(faults) >= 200
    for half in HALVES:
        assert cured_share(true_faults(faults, half)) >= WANTED
