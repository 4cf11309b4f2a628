"""Trials made up event by event, for tests of what users see."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hepcoder.ledger.events import (
    Body,
    CallFinished,
    CallStarted,
    Checked,
    Diagnosed,
    Event,
    Evidence,
    Executed,
    Inspected,
    Judged,
    NodeFinished,
    NodeName,
    NodeStarted,
    PlanMade,
    ScriptWritten,
    TextDelta,
    TrialFinished,
    TrialStarted,
)
from hepcoder.ledger.failures import Failure
from hepcoder.ledger.usage import Cost, Usage

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
SHA = "0" * 64
MODEL = "local:qwen2.5-coder-1.5b"

SCRIPT = """import awkward as ak
import matplotlib.pyplot as plt

from hepcoder.tools.events import open_events

events = open_events("hyy_seed1.root")
photons = events.photons
tight = photons[(photons.pt > 25) & (abs(photons.eta) < 2.37) & photons.tight]
pairs = tight[ak.num(tight) >= 2]
mass = (pairs[:, 0] + pairs[:, 1]).mass  # GeV
print(f"{len(mass)} events")
"""


class Clock:
    """Numbers events and dates them."""

    def __init__(self) -> None:
        self.now = START
        self.seq = 0
        self.step = 0

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def event(self, node: NodeName, body: Body, *, after: float = 0.1) -> Event:
        """Make the next event."""
        self.wait(after)
        if isinstance(body, NodeStarted):
            self.step += 1
        event = Event(seq=self.seq, at=self.now, trial="t0", node=node, step=self.step, body=body)
        self.seq += 1
        return event


def call_started(call: int = 1, attempt: int = 1) -> CallStarted:
    """A request that goes out."""
    return CallStarted(
        call=call,
        attempt=attempt,
        ordinal=1,
        vendor="local",
        model_asked=MODEL,
        request_sha256=SHA,
        reserved_tokens=2000,
        reserved_usd=None,
    )


def call_finished(call: int = 1, attempt: int = 1, **changes: Any) -> CallFinished:
    """A request that came to its end."""
    fields: dict[str, Any] = {
        "call": call,
        "attempt": attempt,
        "ordinal": 1,
        "vendor": "local",
        "wire": "openai_chat",
        "model_asked": MODEL,
        "model_served": "qwen2.5-coder-1.5b",
        "asked": {"temperature": 0.0},
        "sent": {"temperature": 0.0},
        "request_sha256": SHA,
        "prompt_sha256": SHA,
        "reply_sha256": SHA,
        "status": 200,
        "usage": Usage(input=1204, output=160),
        "cost": Cost(usd=None, source="unpriced"),
        "started_at": START,
        "seconds": 12.0,
        "first_token_seconds": 2.0,
    }
    return CallFinished(**{**fields, **changes})


def priced(usd: str) -> Cost:
    """A cost that is known."""
    return Cost(usd=Decimal(usd), source="genai-prices", version="1")


def executed(outcome: str = "finished", exit_code: int | None = 0, **changes: Any) -> Executed:
    """A run in the sandbox."""
    fields: dict[str, Any] = {
        "script_sha256": SHA,
        "execution_sha256": SHA,
        "outcome": outcome,
        "exit_code": exit_code,
        "wall_seconds": 2.4,
        "peak_memory_bytes": 310 * 1024**2,
        "backend": "bwrap",
        "artifacts": {"result.json": SHA, "mass.png": SHA, "cutflow.json": SHA} if exit_code == 0 else {},
    }
    return Executed(**{**fields, **changes})


def repaired_trial() -> list[Event | TextDelta]:
    """A trial that fails once at run time, is repaired, and ends unverified."""
    clock = Clock()
    items: list[Event | TextDelta] = [clock.event("run", TrialStarted(run="r1", task_sha256=SHA, model=MODEL))]
    summary = ("hyy_seed1.root: tree mini, 20,000 entries, 31 branches", "photon_pt: float32, jagged, MeV")
    plan = "1. Read the photons.\n2. Keep tight photons with pt > 25 GeV.\n3. Plot the mass of the two leading ones."
    key = Failure(stage="execution", name="branch_name", message="no branch 'photon_Pt'; near: 'photon_pt'", line=7)
    contract = Evidence(name="contract", outcome="pass", detail="3 files present, readable, finite, not constant")
    depends = Evidence(name="input_dependence", outcome="pass", detail="without the input files nothing is written")
    items += _node(
        clock, "inspect", [Inspected(facts_sha256=SHA, prompt_sha256=SHA, summary=summary)], goto="supervise"
    )
    items += _node(clock, "supervise", [PlanMade(plan_sha256=SHA, text=plan)], goto="code")
    items += _node(
        clock, "code", [ScriptWritten(script_sha256=SHA, draft=1, repair=0, origin="coder")], goto="check", call=1
    )
    items += _node(clock, "check", [Checked(script_sha256=SHA, failures=())], goto="execute")
    items += _node(clock, "execute", [executed(exit_code=1), Diagnosed(failure=key, script_sha256=SHA)], goto="debug")
    items += _node(
        clock, "debug", [ScriptWritten(script_sha256=SHA, draft=1, repair=1, origin="debugger")], goto="check", call=2
    )
    items += _node(clock, "check", [Checked(script_sha256=SHA, failures=())], goto="execute")
    items += _node(clock, "execute", [executed()], goto="verify")
    items += _node(
        clock,
        "verify",
        [
            executed(exit_code=1, purpose="input_dependence"),
            Judged(script_sha256=SHA, evidence=(contract, depends), failure=None),
        ],
        goto="supervise",
    )
    items += _node(clock, "supervise", [], goto="end")
    items.append(
        clock.event(
            "run", TrialFinished(status="unverified", failure=None, script_sha256=SHA, outputs={"mass.png": SHA})
        )
    )
    return items


def _node(
    clock: Clock, node: NodeName, bodies: list[Body], *, goto: str, call: int | None = None
) -> list[Event | TextDelta]:
    items: list[Event | TextDelta] = [clock.event(node, NodeStarted())]
    if call is not None:
        items.append(clock.event(node, call_started(call)))
        pieces = [SCRIPT[start : start + 4] for start in range(0, len(SCRIPT), 4)]
        items += [TextDelta(node=node, text=piece) for piece in ("```python\n", *pieces, "```\n")]
        items.append(clock.event(node, call_finished(call), after=12.0))
    items += [clock.event(node, body) for body in bodies]
    items.append(clock.event(node, NodeFinished(goto=goto, seconds=1.0)))
    return items
