"""Budgets are reserved before and settled after."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepcoder.graphs.budget import BudgetExceededError, BudgetGuard, Spent
from hepcoder.graphs.task import Budget


def guard(**bounds: object) -> BudgetGuard:
    return BudgetGuard(Budget.model_validate({"calls": None, "tokens": None, "seconds": None, **bounds}))


@pytest.mark.parametrize(
    ("bounds", "name"),
    [({"calls": 0}, "calls"), ({"tokens": 0}, "tokens"), ({"usd": 0}, "usd"), ({"seconds": 0}, "seconds")],
)
def test_a_budget_of_zero_refuses_the_first_call(bounds: dict[str, int], name: str) -> None:
    with pytest.raises(BudgetExceededError, match="budget of") as caught:
        guard(**bounds).reserve(tokens=1, usd=Decimal("0.01"))
    assert caught.value.name == name


def test_a_dollar_budget_cannot_be_kept_by_an_unpriced_model() -> None:
    with pytest.raises(BudgetExceededError, match="unpriced"):
        guard(usd=1).reserve(tokens=1, usd=None)


def test_two_reservations_do_not_overdraw() -> None:
    shared = guard(tokens=100)
    first = shared.reserve(tokens=60, usd=None)
    with pytest.raises(BudgetExceededError):
        shared.reserve(tokens=60, usd=None)
    shared.settle(first, tokens=10, usd=None)
    shared.reserve(tokens=60, usd=None)


def test_unknown_usage_keeps_the_reserved_amount() -> None:
    shared = guard(tokens=100)
    shared.settle(shared.reserve(tokens=60, usd=None), tokens=None, usd=None)
    with pytest.raises(BudgetExceededError):
        shared.reserve(tokens=60, usd=None)


def test_a_resumed_trial_starts_from_what_was_spent() -> None:
    resumed = BudgetGuard(Budget(calls=3), Spent(calls=3))
    with pytest.raises(BudgetExceededError):
        resumed.reserve(tokens=1, usd=None)


def test_time_runs_on_the_clock_given() -> None:
    now = [0.0]
    timed = BudgetGuard(Budget(seconds=10), Spent(seconds=4), clock=lambda: now[0])
    now[0] = 5.0
    assert timed.seconds_left() == pytest.approx(1.0)
    now[0] = 7.0
    assert timed.seconds_left() == 0.0
    with pytest.raises(BudgetExceededError):
        timed.check_time()


@given(st.integers(1, 500), st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80)), max_size=30))
def test_what_is_spent_never_passes_the_bound_when_calls_keep_to_their_reservation(
    bound: int, calls: list[tuple[int, int]]
) -> None:
    shared = guard(tokens=bound)
    spent = 0
    for asked, used in calls:
        try:
            reservation = shared.reserve(tokens=asked, usd=None)
        except BudgetExceededError:
            assert spent + asked > bound
            continue
        shared.settle(reservation, tokens=min(asked, used), usd=None)
        spent += min(asked, used)
    assert spent <= bound
