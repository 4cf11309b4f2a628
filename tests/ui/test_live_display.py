"""The display on a terminal and in a pipe, rendered to text."""

from datetime import timedelta
from io import StringIO

from rich.console import Console
from ui_events import MODEL, SCRIPT, SHA, START, Clock, call_started, repaired_trial

from hepcoder.ledger.events import Event, NodeStarted, PlanMade, TextDelta, TrialStarted
from hepcoder.ui.live import Display, LiveDisplay, PlainDisplay, choose_display
from hepcoder.ui.panel import DETAIL_LINES, now_panel
from hepcoder.ui.view import advance, advance_all, hear


def console(*, terminal: bool, width: int = 100) -> Console:
    return Console(
        file=StringIO(),
        force_terminal=terminal,
        width=width,
        height=40,
        color_system=None,
        markup=False,
        highlight=False,
        _environ={"TERM": "xterm"},
    )


def written(to: Console) -> str:
    assert isinstance(to.file, StringIO)
    return to.file.getvalue()


def show_all(display: Display) -> None:
    with display:
        for item in repaired_trial():
            display.show(item)


def test_a_pipe_gets_plain_lines_without_escapes_or_wrapping() -> None:
    out = console(terminal=False, width=40)
    show_all(PlainDisplay(out))
    text = written(out)
    assert "\x1b" not in text
    line = next(line for line in text.splitlines() if "execution.branch_name, line 7" in line)
    assert line.endswith("no branch 'photon_Pt'; near: 'photon_pt'")
    assert "                   2. Keep tight photons with pt > 25 GeV." in text.splitlines()


def test_a_terminal_gets_the_same_story() -> None:
    plain, live = console(terminal=False), console(terminal=True)
    show_all(PlainDisplay(plain))
    show_all(LiveDisplay(live))
    for line in written(plain).splitlines():
        words = line.split(maxsplit=3)[-1][:40]
        assert words in written(live)


def test_the_display_fits_where_it_writes() -> None:
    assert isinstance(choose_display(console(terminal=True), quiet=False), LiveDisplay)
    assert isinstance(choose_display(console(terminal=False), quiet=False), PlainDisplay)
    quiet = console(terminal=False)
    show_all(choose_display(quiet, quiet=True))
    assert written(quiet) == ""


def test_the_reply_is_shown_as_it_arrives_without_fences_and_with_counters() -> None:
    clock = Clock()
    events: list[Event] = [
        clock.event("run", TrialStarted(run="r1", task_sha256=SHA, model=MODEL)),
        clock.event("code", NodeStarted()),
        clock.event("code", call_started()),
    ]
    view = advance_all(events)
    waiting = console(terminal=True)
    waiting.print(now_panel(view, clock.now + timedelta(seconds=8), stopping=False))
    assert f"coder waits for {MODEL} · 8.0 s" in written(waiting)
    for piece in ("```python\n", SCRIPT, "\x1b[31m[red]evil\n"):
        view = hear(view, TextDelta(node="code", text=piece), clock.now)
    writing = console(terminal=True)
    writing.print(now_panel(view, clock.now, stopping=False))
    text = written(writing)
    assert "coder is writing" in text
    assert "pairs = tight[ak.num(tight) >= 2]" in text
    assert "```" not in text
    assert "\x1b" not in text
    assert "[red]evil" in text
    assert "1 call · 0 tokens in, 0 out · no cost yet" in text


def test_stopping_is_said() -> None:
    out = console(terminal=True)
    out.print(now_panel(advance_all([]), START, stopping=True))
    assert "stopping cleanly" in written(out)


def test_a_long_plan_is_cut_and_says_so() -> None:
    clock = Clock()
    text = "\n".join(f"step {index}" for index in range(DETAIL_LINES + 5))
    out = console(terminal=False)
    PlainDisplay(out).show(clock.event("supervise", PlanMade(plan_sha256=SHA, text=text)))
    assert "… 5 more lines" in written(out)
    assert f"step {DETAIL_LINES}" not in written(out)


def test_an_earlier_sitting_is_counted_and_not_told_again() -> None:
    items = [item for item in repaired_trial() if isinstance(item, Event)]
    out = console(terminal=False)
    display = PlainDisplay(out)
    display.load(advance_all(items[:12]))
    calls = display.view.counters.calls
    assert written(out) == ""
    display.show(items[12])
    assert display.view.counters.calls >= calls
    assert advance(display.view, items[13]).lines
