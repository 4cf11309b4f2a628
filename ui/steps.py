"""How each kind of event changes the view, and what it adds to the story."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from hepcoder.ledger.events import (
    Checked,
    Diagnosed,
    Event,
    Executed,
    Inspected,
    Interrupted,
    Judged,
    NodeFinished,
    NodeStarted,
    PlanMade,
    ScriptWritten,
    SelectionMade,
    TrialFinished,
    TrialStarted,
)
from hepcoder.ledger.failures import Failure
from hepcoder.ui.calls import call_finished, call_started
from hepcoder.ui.formats import count, duration, size
from hepcoder.ui.state import Tone, View
from hepcoder.ui.text import one_line

MARKS = MappingProxyType({"pass": "✓", "fail": "✗", "not_applicable": "-"})
MEANINGS = MappingProxyType(
    {
        "verified": "independent evidence agrees with the result",
        "unverified": "it ran and met the contract; nothing vouches for the physics",
        "failed": "the task is not solved",
    }
)


def step(view: View, event: Event) -> View:
    """Return the view after an event; its `last_at` is left alone."""
    return STEPS[event.body.kind](view, event, event.body)


def _trial_started(view: View, event: Event, body: TrialStarted) -> View:
    earlier = view.elapsed(view.last_at) if view.last_at is not None else 0.0
    fresh = replace(
        view,
        model=body.model,
        started_at=event.at,
        earlier_seconds=earlier,
        calling_since=None,
        writing=None,
        stopped=False,
        final_failure=None,
    )
    return fresh.tell(event, "plain", f"{'resumed' if body.resumed else 'started'} with {one_line(body.model)}")


def _node_started(view: View, event: Event, _: NodeStarted) -> View:
    return replace(view, node=event.node, node_since=event.at, writing=None, calling_since=None)


def _node_finished(view: View, event: Event, body: NodeFinished) -> View:
    after = replace(view, writing=None, calling_since=None)
    if event.node == "supervise" and body.goto == "code" and view.open_failure is not None:
        return after.tell(event, "warn", "asks for a fresh, different draft")
    return after


def _inspected(view: View, event: Event, body: Inspected) -> View:
    return view.tell(event, "plain", "read the input files", "\n".join(body.summary))


def _plan_made(view: View, event: Event, body: PlanMade) -> View:
    text = "plan" if body.text.strip() else "goes by the request as it is"
    return replace(view, plan=body.text).tell(event, "plain", text, body.text)


def _script_written(view: View, event: Event, body: ScriptWritten) -> View:
    if body.origin == "selection":
        text = f"took the typed selection's script as draft {body.draft}"
    elif body.origin == "rules":
        text = f"repaired by rule: {', '.join(body.rules)}"
    elif body.repair:
        text = f"wrote repair {body.repair} of draft {body.draft}"
    else:
        text = f"wrote draft {body.draft}"
    return replace(view, script_sha256=body.script_sha256).tell(event, "plain", text)


def _selection_made(view: View, event: Event, body: SelectionMade) -> View:
    if body.problem:
        return view.tell(event, "quiet", "has no typed selection of the request", one_line(body.problem))
    left = f", which leaves out {', '.join(body.unused)}" if body.unused else ""
    return view.tell(event, "plain", f"put the request into a typed selection{left}")


def _checked(view: View, event: Event, body: Checked) -> View:
    if not body.failures:
        return _cured(view, event, {"coder", "static"}).tell(event, "good", "static check: nothing found")
    text = f"static check: {count(len(body.failures), 'problem')}"
    return view.tell(event, "bad", text, "\n".join(describe(failure) for failure in body.failures[1:]))


def _executed(view: View, event: Event, body: Executed) -> View:
    view = _ran(view, event, body)
    for sentence in first_of(body.attempts):
        view = view.tell(event, "warn", one_line(sentence))
    return view


def _ran(view: View, event: Event, body: Executed) -> View:
    memory = "memory not measured" if body.peak_memory_bytes is None else size(body.peak_memory_bytes)
    used = f"{duration(body.wall_seconds)}, {memory}, {one_line(body.backend)}"
    if body.purpose == "input_dependence":
        return view.tell(event, "quiet", f"ran the script once more without its input ({used})")
    if body.purpose == "second_derivation":
        return view.tell(event, "quiet", f"ran the typed selection's script ({used})")
    view = replace(view, counters=replace(view.counters, executions=view.counters.executions + 1))
    if body.outcome != "finished":
        return view.tell(event, "bad", f"run {view.counters.executions} stopped: {body.outcome} ({used})")
    if body.exit_code != 0:
        return view.tell(event, "bad", f"run {view.counters.executions} ended with exit code {body.exit_code} ({used})")
    tries_again = body.attempts and view.open_failure is not None and view.open_failure.name == "forbidden"
    view = view if tries_again else _cured(view, event, {"execution", "sandbox"})
    files = ", ".join(one_line(name, 80) for name in body.artifacts) or "no file"
    return view.tell(event, "good", f"run {view.counters.executions} came to its end ({used}) and left {files}")


def _diagnosed(view: View, event: Event, body: Diagnosed) -> View:
    return replace(view, open_failure=body.failure).tell(event, "bad", describe(body.failure), body.advice)


def _judged(view: View, event: Event, body: Judged) -> View:
    for item in body.evidence:
        tones: dict[str, Tone] = {"pass": "good", "fail": "bad", "not_applicable": "quiet"}
        kind = " (independent)" if item.independent else ""
        text = f"{MARKS[item.outcome]} {item.name}{kind}: {item.detail}"
        view = view.tell(event, tones[item.outcome], one_line(text))
    return view if body.failure else _cured(view, event, {"output", "physics"})


def _trial_finished(view: View, event: Event, body: TrialFinished) -> View:
    tones: dict[str, Tone] = {"verified": "good", "unverified": "warn", "failed": "bad"}
    after = replace(
        view,
        node="run",
        status=body.status,
        final_failure=body.failure,
        script_sha256=body.script_sha256 or view.script_sha256,
        outputs=dict(body.outputs),
        writing=None,
        calling_since=None,
    )
    return after.tell(event, tones[body.status], f"{body.status}: {MEANINGS[body.status]}")


def _interrupted(view: View, event: Event, body: Interrupted) -> View:
    after = replace(view, node="run", stopped=True, final_failure=body.failure, writing=None, calling_since=None)
    return after.tell(event, "warn", f"stopped: {describe(body.failure)}")


def _cured(view: View, event: Event, stages: set[str]) -> View:
    failure = view.open_failure
    if failure is None or failure.stage not in stages:
        return view
    return replace(view, open_failure=None).tell(event, "good", f"repaired: {failure.label}")


def first_of(sentences: Sequence[str], most: int = 5) -> tuple[str, ...]:
    """Return the first sentences and, if there are more, how many.

    Example:
        >>> first_of(["a", "b", "c"], most=2)
        ('a', 'b', '… 1 more')
    """
    more = len(sentences) - most
    return (*sentences[:most], f"… {more} more") if more > 0 else tuple(sentences)


def describe(failure: Failure) -> str:
    """Return a failure on one line.

    Example:
        >>> describe(Failure(stage="execution", name="key", message="no branch 'pt'", line=3))
        "execution.key, line 3: no branch 'pt'"
    """
    where = f", line {failure.line}" if failure.line is not None else ""
    return one_line(f"{failure.label}{where}: {failure.message}")


STEPS: Mapping[str, Callable[[View, Event, Any], View]] = MappingProxyType(
    {
        "trial_started": _trial_started,
        "node_started": _node_started,
        "node_finished": _node_finished,
        "inspected": _inspected,
        "plan_made": _plan_made,
        "call_started": call_started,
        "call_finished": call_finished,
        "script_written": _script_written,
        "selection_made": _selection_made,
        "checked": _checked,
        "executed": _executed,
        "diagnosed": _diagnosed,
        "judged": _judged,
        "trial_finished": _trial_finished,
        "interrupted": _interrupted,
    }
)
