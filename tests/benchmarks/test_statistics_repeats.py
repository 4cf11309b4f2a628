"""pass@k, pass^k and agreement, against counting all choices by hand."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from study_case import key, make, study

from hepcoder.benchmarks.statistics.agreement import agreement
from hepcoder.benchmarks.statistics.repeats import pass_at_k, pass_hat_k, repeats

TRIALS = st.lists(st.booleans(), min_size=1, max_size=7)


@given(TRIALS, st.integers(1, 7))
def test_both_are_the_share_of_all_choices_of_k_trials(trials: list[bool], k: int) -> None:
    c, n = sum(trials), len(trials)
    choices = list(combinations(trials, k))
    if k > n:
        assert pass_at_k(c, n, k) is None
        assert pass_hat_k(c, n, k) is None
    else:
        assert pass_at_k(c, n, k) == pytest.approx(sum(any(choice) for choice in choices) / len(choices))
        assert pass_hat_k(c, n, k) == pytest.approx(sum(all(choice) for choice in choices) / len(choices))


@given(st.lists(TRIALS, min_size=1, max_size=6))
def test_more_tries_raise_the_one_and_lower_the_other(tasks: list[list[bool]]) -> None:
    counts = [(sum(trials), len(trials)) for trials in tasks]
    fewest = min(n for _, n in counts)
    found = [repeats(counts, k) for k in range(1, 9)]
    assert found[0].any_right == pytest.approx(sum(c / n for c, n in counts) / len(counts))
    for item in found:
        assert (item.any_right is None) == (item.all_right is None) == (item.k > fewest)
        assert item.n_short == sum(n < item.k for _, n in counts)
    known = [(item.any_right, item.all_right) for item in found if item.any_right is not None]
    for (any_here, all_here), (any_next, all_next) in pairwise(known):
        assert any_here is not None
        assert any_next is not None
        assert all_here is not None
        assert all_next is not None
        assert any_next >= any_here - 1e-12
        assert all_next <= all_here + 1e-12


def test_no_task_gives_no_number() -> None:
    assert repeats([], 1).any_right is None


def test_agreement_counts_pairs_of_the_same_seed() -> None:
    def run(trial: int, script: str | None, *, right: bool) -> object:
        return make(
            key=key("plain", "local:a", "adl/q1", trial), grade="pass" if right else "fail", script_sha256=script
        )

    # study_case gives trials 0 and 1 one seed, 2 and 3 another.
    cells = [run(0, "a", right=True), run(1, "a", right=True), run(2, "a", right=False), run(3, None, right=True)]
    found = agreement(cells)  # type: ignore[arg-type]
    assert (found.scripts.agreeing, found.scripts.pairs, found.scripts.share) == (1, 2, 0.5)
    assert (found.results.pairs, found.results.share) == (0, None)
    assert (found.outcomes.agreeing, found.outcomes.pairs) == (3, 6)
    assert agreement([]).outcomes.share is None


def test_identical_runs_agree_and_lone_trials_cannot() -> None:
    cells = [cell for cell in study() if cell.key.agent == "plain" and cell.key.trial in (0, 2)]
    assert agreement(cells).scripts.share is None
    twice = [
        make(key=key("plain", "local:a", f"adl/{task}", trial), grade="pass", script_sha256=task, results_sha256=task)
        for task in "abc"
        for trial in (0, 1)
    ]
    found = agreement(twice)
    assert (found.scripts.share, found.results.share, found.outcomes.share) == (1, 1, 1)
