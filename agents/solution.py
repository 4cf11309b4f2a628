"""What `Supervisor.solve` returns."""

from pathlib import Path

from pydantic import Field

from hepcoder.ledger.events import Evidence, Status
from hepcoder.ledger.failures import Failure
from hepcoder.ledger.record import Record
from hepcoder.ledger.totals import Totals


class CutflowRow(Record):
    """One row of a cutflow: the cut's name and what is left after it."""

    name: str
    n_events: float


class Solution(Record):
    """The end of a trial.

    Attributes:
        run: Id of the run.
        folder: The run's folder.
        status: ``verified``, ``unverified`` or ``failed``.
        model: The model as it was asked for.
        failure: What ended a failed trial; None otherwise.
        script_path: The final script on disk, runnable alone from its own folder; None when there is none.
        outputs: Output files on disk by name, those of the contract first.
        values: Numbers and texts found in the JSON outputs, by name.
        cutflow: The cutflow that the script saved, or None.
        evidence: What the verifier looked at.
        findings: What was found wrong with the data or the request, a sentence each: NaN, repeated events, cuts that
            exclude each other, a cut that leaves no event. Empty also where nobody looked.
        history: Every failure on the way, in order; repaired ones too.
        attempts: What scripts on the way tried to reach and must not, a sentence each; empty when nothing was noticed.
        totals: Calls, tokens, cost.
        seconds: Wall time of the trial, summed over its sittings.
        replay_differences: Each way in which a replay differs from the recorded run, empty when it is the same; None
            when this is no replay.
    """

    run: str
    folder: Path
    status: Status
    model: str
    failure: Failure | None = None
    script_path: Path | None = None
    outputs: dict[str, Path] = Field(default_factory=dict)
    values: dict[str, object] = Field(default_factory=dict)
    cutflow: tuple[CutflowRow, ...] | None = None
    evidence: tuple[Evidence, ...] = ()
    findings: tuple[str, ...] = ()
    history: tuple[Failure, ...] = ()
    attempts: tuple[str, ...] = ()
    totals: Totals = Totals()
    seconds: float = 0.0
    replay_differences: tuple[str, ...] | None = None

    @property
    def script(self) -> str | None:
        """The final script's text, or None when there is none."""
        return None if self.script_path is None else self.script_path.read_text(encoding="utf-8")

    @property
    def figure_path(self) -> Path | None:
        """The first PNG among the outputs, or None."""
        return next((path for name, path in self.outputs.items() if name.endswith(".png")), None)

    def _repr_html_(self) -> str:
        """The solution as a notebook shows it: figure, cutflow, values, cost."""
        from hepcoder.agents.solution_html import render_html

        return render_html(self)
