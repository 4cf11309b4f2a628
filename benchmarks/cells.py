"""One cell of a study: one agent with one model on one trial of one task, and what came of it."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt, model_validator

from hepcoder.ledger.record import Record

Status = Literal["verified", "unverified", "failed"]
GradeVerdict = Literal["pass", "fail", "harness_error"]
Data = Literal["full", "null", "none"]


class CellKey(Record):
    """What a cell measures; equal keys are the same measurement.

    Attributes:
        suite: The suite of the task.
        task: The task's id, unique within its suite.
        trial: Which repetition, from 0. Trials with one number have the same seed for every agent and model.
        agent: The agent under test: ``supervisor``, ``plain``, ``single``.
        model: The model as asked for, ``vendor:model``.
        seed: The seed of the trial's constants and data.
        data: ``full`` is the ordinary task. The controls: ``null`` is data with nothing to be found in it; ``none``
            gives the agent no data at all, so that a pass would show the grader to be wrong.
    """

    suite: str
    task: str
    trial: NonNegativeInt
    agent: str
    model: str
    seed: int
    data: Data = "full"

    @property
    def full_task(self) -> str:
        """The task's name across suites, ``suite/task``: what statistics are stratified and clustered by."""
        return f"{self.suite}/{self.task}"

    @property
    def contender(self) -> tuple[str, str]:
        """The agent and the model: what is compared with others."""
        return (self.agent, self.model)


class StepResult(Record):
    """What came of one step of a cascade.

    Attributes:
        step: The step's id.
        run: The folder of its ledger, or None where the cascade did not reach it.
        status: How the agent ended, or None where it did not come to an end.
        grade: Whether the step is right *given what it was handed*: its outputs against its reference, run on the
            outputs of the agent's own earlier steps. None where it was not reached or could not be graded.
        second_grade: The same for the saved scripts on fresh data, or None where they were not rerun.
        failures: Every failure met on the way, as ``stage.class``.
        calls: HTTP attempts to the model.
        input_tokens: Tokens read by the model, or None where not known.
        output_tokens: Tokens written by the model, or None where not known.
        usd: Dollars, or None if any call has no price.
        seconds: Wall time.
        script_sha256: Digest of the step's final script, or None where there is none.
        results_sha256: Digest over its graded artefacts, or None where there are none.
    """

    step: str
    run: Path | None = None
    status: Status | None = None
    grade: GradeVerdict | None = None
    second_grade: GradeVerdict | None = None
    failures: tuple[str, ...] = ()
    calls: NonNegativeInt = 0
    input_tokens: NonNegativeInt | None = None
    output_tokens: NonNegativeInt | None = None
    usd: NonNegativeFloat | None = Field(default=None, allow_inf_nan=False)
    seconds: NonNegativeFloat = Field(default=0.0, allow_inf_nan=False)
    script_sha256: str | None = None
    results_sha256: str | None = None


class CellResult(Record):
    """What came of one attempt at a cell.

    A cell that an infrastructure failure spoiled may be tried again: each attempt is a result of its own. The last
    one is graded, all of them are paid for.

    Attributes:
        key: What was measured.
        attempt: Which attempt at the cell, from 1.
        task_digest: sha256 over the task's folder at the time of the run.
        run: The folder of the run's ledger, or None where none was made.
        status: How the agent itself ended, or None where it did not come to an end.
        grade: The verdict of the grader, or None where nothing could be graded (an infrastructure failure).
        second_grade: The verdict on the same script rerun on fresh-seed data, or None where it was not rerun.
        reasons: Why the grade is not a pass, in the grader's words.
        failures: Every failure met on the way, as ``stage.class`` in order of time; repaired ones too.
        infrastructure: The attempt ended by a failure that does not count against the model. It is left out of success
            rates, which is said beside them.
        calls: HTTP attempts to the model, failed and retried ones too.
        input_tokens: Tokens read by the model, cached ones too, or None where the vendor did not report them.
        output_tokens: Tokens written by the model, reasoning too, or None where the vendor did not report them.
        usd: Dollars paid for all calls, or None if any of them has no price. Zero means free of charge.
        seconds: Wall time from start to end of the attempt.
        script_sha256: Digest of the final script, or None where there is none.
        results_sha256: Digest over the graded artefacts, or None where there are none.
        parameters_differ: A sampling parameter was asked for and not sent, or sent with another value.
        models_served: The names the vendor gave for the model that answered, without repetition.
        steps: Of a cascade: one row for each step, in order; calls, tokens, dollars and seconds above are those of the
            steps that this attempt ran itself. Empty for an ordinary task.
    """

    key: CellKey
    attempt: PositiveInt = 1
    task_digest: str
    run: Path | None = None
    status: Status | None = None
    grade: GradeVerdict | None = None
    second_grade: GradeVerdict | None = None
    reasons: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    infrastructure: bool = False
    calls: NonNegativeInt = 0
    input_tokens: NonNegativeInt | None = None
    output_tokens: NonNegativeInt | None = None
    usd: NonNegativeFloat | None = Field(default=None, allow_inf_nan=False)
    seconds: NonNegativeFloat = Field(default=0.0, allow_inf_nan=False)
    script_sha256: str | None = None
    results_sha256: str | None = None
    parameters_differ: bool = False
    models_served: tuple[str, ...] = ()
    steps: tuple[StepResult, ...] = ()

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.grade is None and not self.infrastructure:
            msg = f"the cell {self.key!r} has no grade; only an infrastructure failure may be left without one"
            raise ValueError(msg)
        if self.second_grade is not None and self.grade != "pass":
            msg = f"the cell {self.key!r} was graded {self.grade!r}; only a pass is run a second time"
            raise ValueError(msg)
        if self.infrastructure and self.grade == "pass":
            msg = f"the cell {self.key!r} passed, so it was not ended by an infrastructure failure"
            raise ValueError(msg)
        return self

    @property
    def counts(self) -> bool:
        """Whether the attempt measures the agent: not spoiled by infrastructure or by the grader itself."""
        second_is_sound = self.second_grade != "harness_error"
        return not self.infrastructure and self.grade in ("pass", "fail") and second_is_sound

    @property
    def success(self) -> bool | None:
        """Right, also on fresh data where the script was rerun; None if the attempt does not count."""
        if not self.counts:
            return None
        return self.grade == "pass" and self.second_grade in (None, "pass")
