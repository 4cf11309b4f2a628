"""Every attack of the corpus, made for real on every tier that starts here, as this user and as another."""

import os
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from hepcoder.benchmarks.attacks.attack import Attack, Column
from hepcoder.benchmarks.attacks.corpus import ATTACKS
from hepcoder.benchmarks.attacks.results import read_results
from hepcoder.benchmarks.attacks.spawn import Skipped, run_apart

TIERS = ("bwrap", "landlock")
OTHER_USER = 65533
pytestmark = [pytest.mark.thorough, pytest.mark.timeout(1200)]  # the first test of a column waits for all of it
ROOT = os.geteuid() == 0
Key = tuple[str, int | None]
COLUMNS: list[Key] = [(tier, uid) for tier in TIERS for uid in ((None, OTHER_USER) if ROOT else (None,))]


@pytest.fixture(scope="session")
def begun(request: pytest.FixtureRequest) -> dict[Key, "Future[Column | Skipped]"]:
    """The columns that were asked for, two at once: much of their time is spent waiting for limits to be kept."""
    parameters = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    wanted = dict.fromkeys(found["column"] for found in parameters if "column" in found)
    pool = ThreadPoolExecutor(2)
    return {key: pool.submit(run_apart, *key) for key in wanted if key in COLUMNS}


@pytest.fixture(scope="session", params=COLUMNS, ids=lambda key: f"{key[0]}-{'other-user' if key[1] else 'this-user'}")
def column(request: pytest.FixtureRequest, begun: dict[Key, "Future[Column | Skipped]"]) -> Column:
    outcome = begun[request.param].result()
    if isinstance(outcome, Skipped):
        if outcome.tier == "bwrap" and request.param[1] is None and os.environ.get("HEPCODER_REQUIRE_SANDBOX") == "1":
            pytest.fail(f"{outcome.tier} is required and cannot start: {outcome.reason}")
        pytest.skip(f"{outcome.tier}: {outcome.reason}")
    return outcome


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_attack_is_stopped(column: Column, attack: Attack) -> None:
    verdict = column.verdicts[attack.id]
    if verdict.answer == "not applicable":
        pytest.skip(verdict.reason)
    if verdict.answer == "not" and column.tier in attack.gaps:
        pytest.xfail(attack.gaps[column.tier])
    assert verdict.answer == "stopped", f"{attack.title}: {verdict.answer}: {verdict.reason}"


def test_the_table_promises_nothing_that_does_not_hold_here(column: Column) -> None:
    promised = {(kept.tier, kept.identity): kept for kept in read_results()}
    if (column.tier, column.identity) not in promised:
        pytest.fail(f"{column.title} is not in the table; run python -m hepcoder.benchmarks.attacks --json ...")
    verdicts = promised[column.tier, column.identity].verdicts
    broken = [
        name
        for name, verdict in column.verdicts.items()
        if verdict.answer in {"not", "unclear"} and verdicts[name].answer == "stopped"
    ]
    assert not broken
