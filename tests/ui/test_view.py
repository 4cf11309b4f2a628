"""The fold of events into what the terminal shows."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ui_events import (
    MODEL,
    SHA,
    START,
    Clock,
    call_finished,
    call_started,
    executed,
    priced,
    repaired_trial,
)

from hepcoder.ledger.events import (
    Diagnosed,
    Event,
    Interrupted,
    NodeFinished,
    NodeStarted,
    TextDelta,
    TrialFinished,
    TrialStarted,
)
from hepcoder.ledger.failures import Failure
from hepcoder.ledger.usage import Cost, Usage
from hepcoder.ui.panel import activity, footer
from hepcoder.ui.state import View
from hepcoder.ui.view import TAIL_CHARACTERS, advance, advance_all, hear

INTERRUPTED = Failure(stage="harness", name="interrupted", message="stopped by the user")


def fold(items: list[Event | TextDelta]) -> View:
    view = View()
    for item in items:
        view = hear(view, item, START) if isinstance(item, TextDelta) else advance(view, item)
    return view


def test_a_repaired_trial_is_told_from_start_to_end() -> None:
    view = fold(repaired_trial())
    told = [f"{line.node} {line.text}" for line in view.lines]
    wanted = [
        f"run started with {MODEL}",
        "inspect read the input files",
        "supervise plan",
        "code wrote draft 1",
        "check static check: nothing found",
        "execute run 1 ended with exit code 1",
        "execute execution.branch_name, line 7: no branch 'photon_Pt'",
        "debug wrote repair 1 of draft 1",
        "execute repaired: execution.branch_name",
        "execute run 2 came to its end",
        "verify ran the script once more without its input",
        "verify ✓ contract",
        "run unverified: it ran and met the contract",
    ]
    position = 0
    for text in wanted:
        position = next(i for i, line in enumerate(told) if i >= position and line.startswith(text))
    assert view.open_failure is None
    assert view.status == "unverified"
    assert view.outputs == {"mass.png": SHA}


def test_counters_are_the_sums_of_the_events() -> None:
    sums = fold(repaired_trial()).counters
    assert (sums.calls, sums.attempts, sums.failed_attempts) == (2, 2, 0)
    assert (sums.input_tokens, sums.output_tokens) == (2408, 320)
    assert sums.executions == 2, "the run without input is a check, not a try"


@pytest.mark.parametrize(
    ("costs", "shown"),
    [
        ([], "no cost yet"),
        ([Cost(usd=None, source="unpriced")], "unpriced"),
        ([priced("0.0123"), priced("0.01")], "$0.0223"),
        ([priced("0.0123"), Cost(usd=None, source="unpriced")], "$0.0123 + 1 unpriced"),
    ],
)
def test_unpriced_is_never_shown_as_free(costs: list[Cost], shown: str) -> None:
    clock = Clock()
    view = advance_all([clock.event("code", call_finished(cost=cost)) for cost in costs])
    text = footer(view, START).plain
    assert shown in text
    assert "$0.0000" not in text


def test_unknown_tokens_are_a_question_mark_and_a_failed_attempt_says_why() -> None:
    clock = Clock()
    failure = Failure(stage="provider", name="rate_limit", message="slow down")
    view = advance_all(
        [
            clock.event("code", call_started()),
            clock.event("code", call_finished(failure=failure, status=429, usage=Usage(), retry_after_seconds=2.0)),
            clock.event("code", call_started(attempt=2)),
            clock.event("code", call_finished(attempt=2, usage=Usage(), dropped=("seed",), first_token_seconds=None)),
        ]
    )
    failed, worked = (line.text for line in view.lines)
    assert failed == "call 1, attempt 1: provider.rate_limit: slow down (the vendor asks to wait 2.0 s)"
    assert worked == "call 1: ? tokens in, ? tokens out · 12.0 s · unpriced · not sent as asked: seed"
    assert (view.counters.calls, view.counters.attempts, view.counters.failed_attempts) == (1, 2, 1)


def test_speed_of_the_reply_that_arrives() -> None:
    clock = Clock()
    view = advance_all(
        [clock.event("run", TrialStarted(run="r1", task_sha256=SHA, model=MODEL)), clock.event("code", NodeStarted())]
    )
    for index in range(33):
        view = hear(view, TextDelta(node="code", text="ab"), START + timedelta(seconds=index / 16))
    assert view.tokens_per_second() == pytest.approx(16)
    assert activity(view, START) == "coder is writing · ~16 tokens/s · 66 characters"
    remote = replace(view, model="anthropic:claude-sonnet-4-5")
    assert remote.tokens_per_second() is None, "a vendor's pieces are of unknown length"
    measured = replace(remote, tokens_per_piece=3.0)
    assert measured.tokens_per_second() == pytest.approx(48)


@given(st.lists(st.text(max_size=3000), max_size=8))
def test_the_tail_is_the_end_of_the_reply_and_bounded(pieces: list[str]) -> None:
    view = View()
    for piece in pieces:
        view = hear(view, TextDelta(node="code", text=piece), START)
    if view.writing is not None:
        assert "".join(pieces).endswith(view.writing.tail)
        assert len(view.writing.tail) == min(TAIL_CHARACTERS, view.writing.characters)


def test_time_of_an_earlier_sitting_counts_and_the_pause_does_not() -> None:
    clock = Clock()
    first = [
        clock.event("run", TrialStarted(run="r1", task_sha256=SHA, model=MODEL)),
        clock.event("run", Interrupted(failure=INTERRUPTED), after=10),
    ]
    view = advance_all(first)
    assert view.stopped
    clock.wait(3600)
    view = advance(view, clock.event("run", TrialStarted(run="r1", task_sha256=SHA, model=MODEL, resumed=True)))
    assert not view.stopped
    assert view.elapsed(clock.now + timedelta(seconds=5)) == pytest.approx(15)
    assert view.lines[-1].text.startswith("resumed")


def test_a_failed_trial_keeps_its_failure_and_a_fresh_draft_is_announced() -> None:
    clock = Clock()
    failure = Failure(stage="output", name="missing", message="mass.png was not written")
    view = advance_all(
        [
            clock.event("execute", executed()),
            clock.event("verify", Diagnosed(failure=failure, script_sha256=SHA, advice="write it")),
            clock.event("supervise", NodeFinished(goto="code", seconds=0.1)),
            clock.event("run", TrialFinished(status="failed", failure=failure, script_sha256=SHA)),
        ]
    )
    assert [line.tone for line in view.lines] == ["good", "bad", "warn", "bad"]
    assert view.lines[1].detail == "write it"
    assert view.final_failure == failure


def test_what_models_and_files_say_is_cleaned() -> None:
    clock = Clock()
    failure = Failure(stage="execution", name="key", message="\x1b[2Jgone\x07 [bold]x[/bold]")
    view = advance_all(
        [clock.event("execute", Diagnosed(failure=failure, script_sha256=SHA, advice="\x1b]0;t\x07a\nb"))]
    )
    assert view.lines[0].text == "execution.key: gone [bold]x[/bold]"
    assert view.lines[0].detail == "a\nb"


def test_every_kind_of_event_has_its_step() -> None:
    from typing import get_args

    from hepcoder.ledger.events import Body
    from hepcoder.ui.steps import STEPS

    union = get_args(Body)[0]
    assert {kind.model_fields["kind"].default for kind in get_args(union)} == set(STEPS)


def test_what_a_script_tried_is_told_and_cured_only_when_it_stops() -> None:
    clock = Clock()
    sentence = "the script tried to read ~/.ssh/id_rsa (refused)"
    forbidden = Failure(stage="execution", name="forbidden", message=sentence)
    tried = executed(attempts=(sentence,))
    items: list[Event | TextDelta] = [clock.event("execute", tried)]
    items += [clock.event("execute", Diagnosed(failure=forbidden, script_sha256=SHA)), clock.event("execute", tried)]
    view = fold(items)
    assert [line.text for line in view.lines].count(sentence) == 2
    assert {line.tone for line in view.lines if line.text == sentence} == {"warn"}
    assert view.open_failure == forbidden
    view = advance(view, clock.event("execute", executed()))
    assert view.open_failure is None
