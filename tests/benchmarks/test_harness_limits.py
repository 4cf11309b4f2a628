"""The vendor's pace and the study's dollars."""

import threading
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepcoder.benchmarks.harness.claims import Claim
from hepcoder.benchmarks.harness.pace import Pace, PaceChange
from hepcoder.benchmarks.harness.purse import Purse, StudyBudgetError

GO = threading.Event()
HALT = threading.Event()
HALT.set()


def test_the_bound_is_halved_once_for_all_calls_that_were_under_way() -> None:
    now = [0.0]
    told: list[PaceChange] = []
    pace = Pace("v", 16, tell=told.append, clock=lambda: now[0])
    began = [pace.enter(GO) for _ in range(8)]
    now[0] = 1.0
    for each in began:
        pace.leave(each, slow_down=True, retry_after=0.0)
    assert pace.limit == 8.0
    assert [change.limit for change in told] == [8.0]
    now[0] = 2.0
    pace.leave(pace.enter(GO), slow_down=True)
    assert pace.limit == 4.0


def test_good_answers_raise_the_bound_by_one_a_round() -> None:
    pace = Pace("v", 8)
    pace.leave(pace.enter(GO), slow_down=True)
    for _ in range(4):
        pace.leave(pace.enter(GO), slow_down=False)
    assert 4.9 < pace.limit < 5.0


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 32))
def test_the_bound_stays_between_one_and_the_greatest(slow: list[bool], most: int) -> None:
    pace = Pace("v", most)
    for each in slow:
        pace.leave(pace.enter(GO), slow_down=each)
        assert 1.0 <= pace.limit <= most


def test_a_pause_holds_calls_back_and_a_stop_ends_the_wait() -> None:
    pace = Pace("v", 4)
    pace.leave(pace.enter(GO), slow_down=True, retry_after=60.0)
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    pace.enter(stop)
    assert stop.is_set()


def test_no_more_calls_are_under_way_than_the_bound() -> None:
    pace = Pace("v", 2)
    pace.enter(GO)
    pace.enter(GO)
    third = threading.Thread(target=pace.enter, args=(GO,), daemon=True)
    third.start()
    third.join(0.3)
    assert third.is_alive()
    pace.leave(0.0, slow_down=False)
    third.join(5)
    assert not third.is_alive()


def test_dollars_set_aside_cannot_be_set_aside_twice(tmp_path: Path) -> None:
    purse = Purse(tmp_path / "purse")
    purse.fill(Decimal(1), Decimal("0.5"))
    purse.take(Decimal("0.3"), HALT)
    with pytest.raises(StudyBudgetError, match=r"may cost \$0.3000, and \$0.5000 of the study's budget of \$1"):
        purse.take(Decimal("0.3"), HALT)
    purse.settle(Decimal("0.3"), Decimal("0.1"))
    purse.take(Decimal("0.4"), HALT)
    purse.settle(Decimal("0.4"), None)
    assert purse.spent == Decimal("1.0")


def test_a_call_waits_for_what_others_may_give_back(tmp_path: Path) -> None:
    purse = Purse(tmp_path / "purse")
    purse.fill(Decimal(1), Decimal(0))
    purse.take(Decimal("0.9"), GO)
    threading.Timer(0.3, purse.settle, (Decimal("0.9"), Decimal("0.1"))).start()
    purse.take(Decimal("0.5"), GO)
    assert purse.spent == Decimal("0.1")


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 40)), max_size=12))
def test_what_is_spent_never_passes_the_bound(
    tmp_path_factory: pytest.TempPathFactory, calls: list[tuple[int, int]]
) -> None:
    purse = Purse(tmp_path_factory.mktemp("purse") / "purse")
    purse.fill(Decimal(100), Decimal(0))
    for most, used in calls:
        try:
            purse.take(Decimal(most), HALT)
        except StudyBudgetError:
            continue
        purse.settle(Decimal(most), Decimal(min(most, used)))
        assert purse.spent <= 100


def test_a_claim_is_held_by_one(tmp_path: Path) -> None:
    first, second = Claim(tmp_path / "x.lock"), Claim(tmp_path / "x.lock")
    assert first.take()
    assert not second.take()
    first.release()
    assert second.take()
    second.release()
