"""A study as a whole: what is counted where, what is paid for, what is said of it."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from study_case import AGENTS, MODELS, TASKS, key, make, study

from hepcoder.benchmarks.statistics.changes import compare
from hepcoder.benchmarks.statistics.comparisons import compare_by, tied_sets
from hepcoder.benchmarks.statistics.failures import failures
from hepcoder.benchmarks.statistics.pareto import on_front, pareto
from hepcoder.benchmarks.statistics.resampling import ratio_interval
from hepcoder.benchmarks.statistics.selection import CellsError, final_attempts
from hepcoder.benchmarks.statistics.spending import spending
from hepcoder.benchmarks.statistics.summary import summarise
from hepcoder.benchmarks.statistics.trust import controls, trust

STUDY = study()
SUMMARY = summarise(STUDY)


def test_the_order_of_cells_does_not_matter() -> None:
    shuffled = list(STUDY)
    random.Random(3).shuffle(shuffled)
    assert summarise(shuffled) == SUMMARY


def test_every_contender_is_counted_by_hand() -> None:
    assert len(SUMMARY.contenders) == len(AGENTS) * len(MODELS)
    for contender in SUMMARY.contenders:
        mine = [c for c in final_attempts(STUDY) if c.key.contender == (contender.score.agent, contender.score.model)]
        mine = [c for c in mine if c.key.data == "full"]
        score = contender.score
        assert score.cells == len(mine) == len(TASKS) * 5
        assert score.success.successes == sum(c.grade == "pass" and c.second_grade == "pass" for c in mine)
        assert score.infrastructure == sum(c.infrastructure for c in mine)
        assert score.success.n + score.infrastructure + score.grader_failed == score.cells == score.success_of_all.n
        assert score.success_of_all.successes == score.success.successes
    assert any(contender.score.infrastructure for contender in SUMMARY.contenders)
    assert any(contender.score.grader_failed for contender in SUMMARY.contenders)


def test_suites_and_tasks_add_up_to_the_whole() -> None:
    for scores in (SUMMARY.by_suite, SUMMARY.by_task):
        for contender in SUMMARY.contenders:
            parts = [s for s in scores if (s.agent, s.model) == (contender.score.agent, contender.score.model)]
            assert sum(s.success.successes for s in parts) == contender.score.success.successes
            assert sum(s.success.n for s in parts) == contender.score.success.n
            assert sum(s.cells for s in parts) == contender.score.cells


def test_spoiled_attempts_are_paid_for_and_free_ones_cost_nothing() -> None:
    name = key("plain", "openai:mini-6", "adl/a", 0)
    cells = [
        make(key=name, attempt=1, grade=None, infrastructure=True, calls=0, seconds=1.0),
        make(key=name, attempt=2, grade=None, infrastructure=True, calls=2, usd=0.25, input_tokens=10, output_tokens=1),
        make(key=name, attempt=3, grade="pass", calls=1, usd=0.5, input_tokens=20, output_tokens=2, seconds=2.0),
    ]
    found = spending(cells)
    assert (found.cells, found.attempts, found.successes) == (1, 3, 1)
    assert (found.usd.total, found.usd.per_success, found.usd.median) == (0.75, 0.75, 0.75)
    assert (found.seconds.total, found.calls.total, found.input_tokens.total) == (3.0, 3.0, 30.0)
    assert found.usd.per_cell_interval is None


def test_an_unpriced_call_makes_dollars_unknown_and_no_success_has_no_price() -> None:
    priced = make(key=key("plain", "m", "adl/a", 0), calls=1, usd=1.0, input_tokens=1, output_tokens=1)
    unpriced = make(key=key("plain", "m", "adl/b", 0), calls=1, input_tokens=1, output_tokens=1)
    found = spending([priced, unpriced])
    assert (found.usd.total, found.usd.per_cell, found.usd.unknown) == (None, None, 1)
    assert found.input_tokens.per_cell == 1
    assert spending([priced]).usd.total == 1
    assert spending([priced]).usd.per_success is None


def test_the_bootstrap_is_seeded_and_near_the_textbook() -> None:
    draws = np.random.default_rng(5)
    costs = list(draws.gamma(4.0, 0.25, size=40))
    found = ratio_interval(costs, [1.0] * 40, seed=1)
    assert found == ratio_interval(costs, [1.0] * 40, seed=1)
    assert found != ratio_interval(costs, [1.0] * 40, seed=2)
    assert found is not None
    spread = float(np.std(costs) / np.sqrt(40))
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * spread, rel=0.08)
    assert ratio_interval(costs[:4], [1.0] * 4) is None
    assert ratio_interval(costs[:6], [0.0] * 5 + [1.0]) is None


POINTS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=8)


@given(POINTS)
def test_the_front_is_what_nothing_beats(points: list[tuple[int, int]]) -> None:
    costs, rates = np.array(points, dtype=float).T
    front = on_front(costs, rates)
    assert front.any()
    for (cost, rate), on in zip(points, front, strict=True):
        beaten = any(c <= cost and r >= rate and (c, r) != (cost, rate) for c, r in points)
        assert on == (not beaten)


def test_the_unpriced_are_left_out_of_the_front_in_dollars_only() -> None:
    dollars = pareto(STUDY, "usd")
    assert {model for _, model in dollars.left_out} == {"local:qwen2.5-coder-1.5b"}
    assert len(dollars.points) == 6
    seconds = pareto(STUDY, "seconds")
    assert seconds.left_out == ()
    for point in (*dollars.points, *seconds.points):
        assert point.cost_interval is not None
        assert point.rate_interval is not None
        assert point.cost_interval.low < point.cost < point.cost_interval.high
        assert point.front_share is not None
        assert 0 <= point.front_share <= 1
    assert [p.rate for p in dollars.points if p.on_front] == sorted(p.rate for p in dollars.points if p.on_front)


def test_with_few_tasks_the_front_has_no_intervals() -> None:
    few = pareto([c for c in STUDY if c.key.suite == "adl"], "seconds")
    assert all(p.cost_interval is None and p.rate_interval is None and p.front_share is None for p in few.points)
    assert any(p.on_front for p in few.points)


@given(st.sets(st.sampled_from([frozenset(pair) for pair in ("AB", "AC", "AD", "BC", "BD", "CD")])))
def test_tied_sets_are_the_largest_whose_members_are_all_alike(alike: set[frozenset[str]]) -> None:
    found = [frozenset(members) for members in tied_sets("ABCD", alike)]
    assert len(set(found)) == len(found)
    for members in found:
        assert all(frozenset((a, b)) in alike for a in members for b in members if a != b)
        assert not any(members < other for other in found)
    assert all(any(pair <= members for members in found) for pair in alike)


def test_models_are_compared_within_agents_and_pooled() -> None:
    asked = [(family.factor, family.within) for family in SUMMARY.families]
    assert asked == [
        *(("model", within) for within in (None, "plain", "single", "supervisor")),
        *(("agent", within) for within in (None, *sorted(MODELS))),
    ]
    pooled = SUMMARY.families[0]
    assert all(pair.n_strata == 36 for pair in pooled.pairs)
    assert [pair.p for pair in pooled.pairs] == sorted(pair.p or 0 for pair in pooled.pairs)
    for family in SUMMARY.families:
        for pair in family.pairs:
            assert pair.p is not None
            assert pair.p_holm is not None
            assert pair.p_holm >= pair.p
            assert pair.detectable is not None
            assert pair.differ is (pair.p_holm <= family.level)
            assert pair.differ or any({pair.a, pair.b} <= set(members) for members in family.tied)


def test_contenders_without_a_common_task_are_not_compared() -> None:
    cells = [make(key=key("plain", "m:a", "adl/a", 0)), make(key=key("plain", "m:b", "adl/b", 0), grade="pass")]
    (pair,) = compare_by(cells, "model").pairs
    assert (pair.p, pair.p_holm, pair.differ, pair.difference, pair.detectable) == (None,) * 5
    assert compare_by(cells, "model").tied == ()


def test_a_false_verified_is_a_wrong_result_that_was_called_verified() -> None:
    statuses = [("verified", "pass"), ("verified", "fail"), ("unverified", "pass"), ("failed", "fail")]
    cells = [
        make(key=key("plain", "m", f"adl/{i}", 0), status=status, grade=grade)
        for i, (status, grade) in enumerate(statuses)
    ]
    found = trust([*cells, make(key=key("plain", "m", "adl/z", 0), status="verified", grade="harness_error")])
    assert (found.false_verified.successes, found.false_verified.n) == (1, 2)
    assert (found.unverified_right.rate, found.failed_right.rate) == (1, 0)
    assert found.rerun_wrong.rate is None


def test_controls_are_kept_out_of_success_and_told_apart() -> None:
    found = controls(final_attempts(STUDY))
    assert {item.data for item in found} == {"none", "null"}
    assert all(item.passed.successes == 0 for item in found)
    without = summarise(study(controls=False))
    assert without.controls == ()
    assert without.contenders[0].score.cells == SUMMARY.contenders[0].score.cells


def test_failures_are_met_by_stage_class_and_model() -> None:
    cells = [
        make(key=key("plain", "m", "adl/a", 0), failures=("static.syntax", "static.syntax", "grader.wrong_answer")),
        make(key=key("plain", "m", "adl/b", 0), failures=("static.syntax",), grade="pass"),
        make(key=key("plain", "m", "adl/c", 0), failures=("sandbox.failed",), grade=None, infrastructure=True),
        make(key=key("plain", "m", "adl/d", 0), failures=("made.up",)),
    ]
    found = {f"{item.stage}.{item.name}": item for item in failures(cells)}
    syntax = found["static.syntax"]
    assert (syntax.occurrences, syntax.attempts, syntax.ended, syntax.counts) == (3, 2, 0, True)
    assert found["grader.wrong_answer"].ended == 1
    assert found["sandbox.failed"].counts is False
    assert (found["made.up"].counts, found["made.up"].meaning) == (None, "")


def test_cautions_name_what_weakens_the_study() -> None:
    said = "\n".join(SUMMARY.cautions)
    for text in (
        "parameters sent are not those asked",
        "2 different models answered",
        "have no price",
        "infrastructure",
    ):
        assert text in said
    changed = [make(key=key("plain", "m", "adl/a", i), task_digest=str(i)) for i in range(2)]
    uneven = [*changed, make(key=key("single", "m", "adl/a", 0), task_digest="0")]
    said = "\n".join(summarise(uneven).cautions)
    for text in (
        "changed during the study (2 versions)",
        "1 tasks are too few",
        "single with m: 1 of 2 cells are missing",
    ):
        assert text in said


def test_an_attempt_that_is_there_twice_and_no_cell_at_all_are_errors() -> None:
    with pytest.raises(
        CellsError, match=r"attempt 1 at adl/a, trial 0 \(seed 100\), plain with local:a is there twice"
    ):
        summarise([make(), make()])
    with pytest.raises(CellsError, match="no cell"):
        summarise([])


def test_a_study_of_spoiled_cells_has_no_rate() -> None:
    summary = summarise([make(grade=None, infrastructure=True)])
    assert summary.contenders[0].score.success.rate is None
    assert summary.contenders[0].score.success_of_all.rate == 0
    assert summary.contenders[0].repeats == ()
    assert all(front.points == () for front in summary.paretos)


def test_a_run_is_the_same_as_itself() -> None:
    found = compare(STUDY, STUDY)
    assert [found.flips, found.changed_tasks, found.only_before, found.only_after] == [(), (), (), ()]
    for change in found.contenders:
        assert (change.p, change.changed) == (1, False)
        assert change.difference is not None
        assert change.difference.value == 0
        assert all(cost.ratio in (1, None) and cost.changed is not True for cost in change.costs)


def test_a_worse_run_is_told_from_chance() -> None:
    found = compare(study(), study(seed=2, shift=-2.5))
    by_name = {(change.agent, change.model): change for change in found.contenders}
    large = by_name["plain", "anthropic:large-5"]
    assert large.changed is True
    assert large.difference is not None
    assert large.difference.value < -0.2
    assert {flip.before for flip in found.flips} == {"right", "wrong", "not measured"}
    assert by_name["single", "local:qwen2.5-coder-1.5b"].costs[0].ratio is None
    assert found.same_cells + len(found.flips) == 540


def test_chance_alone_is_not_called_a_change() -> None:
    changed = [change.changed for seed in range(5) for change in compare(STUDY, study(seed=10 + seed)).contenders]
    assert sum(c is True for c in changed) <= 1


def test_changed_tasks_and_missing_cells_are_named_and_left_out() -> None:
    before = [make(key=key("plain", "m", "adl/a", i), grade="pass") for i in range(3)]
    before += [make(key=key("plain", "m", "adl/b", i), task_digest="1") for i in range(3)]
    after = [make(key=key("plain", "m", "adl/a", i), grade="pass") for i in range(1, 4)]
    after += [make(key=key("plain", "m", "adl/b", i), task_digest="2", grade="pass") for i in range(3)]
    found = compare(before, after)
    assert found.changed_tasks == ("adl/b",)
    assert [k.trial for k in found.only_before] == [0]
    assert [k.trial for k in found.only_after] == [3]
    assert (found.contenders[0].before, found.contenders[0].after) == ((3, 3), (3, 3))
    assert found.flips == ()
