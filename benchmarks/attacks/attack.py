"""One attack on a sandbox, and what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hepcoder.benchmarks.attacks.scene import Scene
from hepcoder.ledger.record import Record
from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.records import Execution, Outcome

Group = Literal["files", "secrets", "network", "processes", "kernel", "resources", "life cycle"]
Answer = Literal["stopped", "not", "not applicable", "unclear"]
UNCONFINED = ("plain", "none")


@dataclass(frozen=True)
class Ran:
    """One job of the corpus that was run.

    Attributes:
        execution: What the sandbox says of it.
        seconds: How long that took, by the host's clock.
        folder: Its folder, after the run.
        process_name: What its processes are called on the host.
    """

    execution: Execution
    seconds: float
    folder: Path
    process_name: str


Check = Callable[[Scene, Ran], str]
Scenario = Callable[[Sandbox, Scene], str]


@dataclass(frozen=True)
class Attack:
    """One thing that model-written code must not be able to do.

    Checks, scenarios and `Scene` methods return how the attack got through, or an empty text.

    Attributes:
        id: Its name, a Python identifier.
        row: Its row in the short table; related attacks share one.
        title: What it does, in one line.
        body: Python that runs in the sandbox: a function's body that returns what it got hold of. `prelude` is at
            hand, ``P`` holds the places of the `Scene`, ``MINE`` is the path of the attack's own target, ``INPUT``
            that of its own input, ``SIGNAL`` its own signal and ``WORD`` what it says to whom it reaches. Empty for
            a scenario.
        group: What it is about.
        target: Where its own target lies; see `Scene.set_target`.
        uses_input: Whether the job gets an input file for it.
        claim_counts: Whether the attack got through when its body says so; else only what the host sees counts.
        before: Python that runs in an earlier job on the same sandbox.
        limits: Limits of a job of its own; empty for one that shares its job with others.
        allowed: Outcomes of its own job that are right.
        check: Looks for what else the attack may have done, from the host.
        scenario: Runs jobs itself; the attack has then no body.
        needs: What a machine must have for it, a name in the scene's places or in the processor's system calls.
        not_on: Why it is not applicable to a tier, by the tier's name.
        gaps: Why a tier is known not to stop it, by the tier's name.
    """

    id: str
    row: str
    title: str
    body: str
    group: Group
    target: str = "{outside}/{id}.txt"
    uses_input: bool = False
    claim_counts: bool = True
    before: str = ""
    limits: Mapping[str, float] = field(default_factory=dict)
    allowed: tuple[Outcome, ...] = ()
    check: Check | None = None
    scenario: Scenario | None = None
    needs: str = ""
    not_on: Mapping[str, str] = field(default_factory=dict)
    gaps: Mapping[str, str] = field(default_factory=dict)

    def missing(self, tier: str, scene: Scene) -> str:
        """Return why the attack is not applicable, or nothing if it is."""
        if tier in self.not_on:
            return self.not_on[tier]
        calls = scene.places["calls"]
        here = self.needs in (scene.places["processor"], "") or bool(scene.places.get(self.needs))
        if here or (isinstance(calls, dict) and self.needs in calls):
            return ""
        return f"this machine has no {self.needs}"


class Verdict(Record):
    """What came of one attack on one tier.

    Attributes:
        answer: ``unclear`` when the attack did not come to be made.
        reason: How it got through, why it is not applicable, or what stopped it.
    """

    answer: Answer
    reason: str = ""


class Column(Record):
    """What came of all attacks on one tier.

    Attributes:
        tier: ``bwrap``, ``landlock``, ``none``, or ``plain``, which is `subprocess.run` with a time limit.
        identity: ``root`` or ``user``: who ran hepcoder. As root, scripts run as another user where a tier can.
        label: The backend as recorded with a run.
        lacks: What the tier lacks on that machine.
        kernel: Release of the kernel.
        versions: Of Python and of the tier's programs.
        date: Day of the run, ISO 8601.
        seconds: How long it took.
        verdicts: By id of the attack.
    """

    tier: str
    identity: Literal["root", "user"]
    label: str
    lacks: tuple[str, ...] = ()
    kernel: str
    versions: Mapping[str, str]
    date: str
    seconds: float
    verdicts: Mapping[str, Verdict]

    @property
    def title(self) -> str:
        """What the column is called in a table."""
        name = "plain subprocess" if self.tier == "plain" else self.tier
        return f"{name} as {self.identity}"
