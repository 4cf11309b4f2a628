"""The events of a trial: what the ledger holds and what `stream` yields.

An `Event` is an envelope (who, when, which step) around one typed body. Large texts are never in
an event; they lie in the artifact store and the event holds their sha256.
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from hepcoder.ledger.failures import Failure
from hepcoder.ledger.record import Record
from hepcoder.ledger.usage import Cost, Usage

SCHEMA_VERSION: Final = 1

Sha = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Status = Literal["verified", "unverified", "failed"]
NodeName = Literal["supervise", "inspect", "code", "check", "execute", "verify", "debug", "run"]


class TrialStarted(Record):
    """The trial begins, or goes on after it was stopped."""

    kind: Literal["trial_started"] = "trial_started"
    run: str
    task_sha256: Sha
    model: str
    resumed: bool = False


class NodeStarted(Record):
    """A node of the graph begins to work."""

    kind: Literal["node_started"] = "node_started"


class NodeFinished(Record):
    """A node is done; `goto` is where the state goes next."""

    kind: Literal["node_finished"] = "node_finished"
    goto: str
    seconds: float


class Inspected(Record):
    """The inputs were read; facts as JSON, and the text shown to the model, by hash.

    Attributes:
        findings: What is wrong with the data, a sentence each; empty also where nobody looked.
    """

    kind: Literal["inspected"] = "inspected"
    facts_sha256: Sha
    prompt_sha256: Sha
    summary: tuple[str, ...]
    findings: tuple[str, ...] = ()


class PlanMade(Record):
    """The supervisor wrote a plan; by hash and in full, since it is short."""

    kind: Literal["plan_made"] = "plan_made"
    plan_sha256: Sha
    text: str


class CallStarted(Record):
    """One HTTP request is about to be sent; written first, so that a killed process leaves a trace.

    Attributes:
        call: Number of the logical call within the trial, from 1.
        attempt: Number of the attempt within that call, from 1.
        ordinal: How many times this exact request was sent in this trial, from 1.
        request_sha256: Digest of the canonical request (method, path, body; no key).
        reserved_tokens: Tokens set aside in the budget.
        reserved_usd: Dollars set aside; None when the model is unpriced.
    """

    kind: Literal["call_started"] = "call_started"
    call: int
    attempt: int
    ordinal: int
    vendor: str
    model_asked: str
    request_sha256: Sha
    reserved_tokens: int
    reserved_usd: Decimal | None


class CallFinished(Record):
    """What came of one HTTP attempt; there is one for every `CallStarted` that was not cut short by a kill.

    Attributes:
        asked: Sampling parameters that hepcoder asked for.
        sent: The same parameters as found in the request that went over the wire.
        dropped: Names in `asked` that are missing or different in `sent`.
        status: HTTP status, or None when no response came.
        headers: The few response headers worth keeping (request id, retry-after, rate limits).
        reply_sha256: The raw response body in the artifact store; None when there is none.
        replayed: True when the answer came from a recording and nothing was sent.
    """

    kind: Literal["call_finished"] = "call_finished"
    call: int
    attempt: int
    ordinal: int
    vendor: str
    wire: Literal["openai_chat", "openai_responses", "anthropic", "google"]
    model_asked: str
    model_served: str | None
    asked: dict[str, Any]
    sent: dict[str, Any]
    dropped: tuple[str, ...] = ()
    request_sha256: Sha
    prompt_sha256: Sha
    reply_sha256: Sha | None
    status: int | None
    headers: dict[str, str] = Field(default_factory=dict)
    finish_reason: str | None = None
    failure: Failure | None = None
    usage: Usage
    cost: Cost
    started_at: datetime
    seconds: float
    first_token_seconds: float | None = None
    retry_after_seconds: float | None = None
    replayed: bool = False


class ScriptWritten(Record):
    """A new script: a first draft, a fresh different draft, or a repair of the one before.

    Attributes:
        draft: Number of the draft this descends from, from 1.
        repair: 0 for the draft itself, then 1, 2, ... for its repairs.
        origin: Who wrote this version.
        rules: Names of the deterministic repairs applied, in order.
    """

    kind: Literal["script_written"] = "script_written"
    script_sha256: Sha
    draft: int
    repair: int
    origin: Literal["coder", "debugger", "rules", "selection"]
    rules: tuple[str, ...] = ()


class SelectionMade(Record):
    """The request was put into a typed selection, or could not be; the `Derivation` by hash.

    Attributes:
        problem: Why there is none; empty where there is one.
        unused: Numbers of the request that it does not have.
        notes: Cuts that exclude each other, a cut that leaves no event.
    """

    kind: Literal["selection_made"] = "selection_made"
    derivation_sha256: Sha
    problem: str
    unused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Checked(Record):
    """The static check of a script."""

    kind: Literal["checked"] = "checked"
    script_sha256: Sha
    failures: tuple[Failure, ...]


class Executed(Record):
    """A script ran in the sandbox; the whole `Execution` is in the artifact store.

    Attributes:
        attempts: What the script tried to reach and must not, a sentence each, the first of them.
    """

    kind: Literal["executed"] = "executed"
    script_sha256: Sha
    execution_sha256: Sha
    purpose: Literal["solve", "input_dependence", "second_derivation"] = "solve"
    outcome: str
    exit_code: int | None
    wall_seconds: float
    peak_memory_bytes: int | None
    backend: str
    artifacts: dict[str, Sha] = Field(default_factory=dict)
    attempts: tuple[str, ...] = ()


class Diagnosed(Record):
    """A failure was named, and what will be tried."""

    kind: Literal["diagnosed"] = "diagnosed"
    failure: Failure
    script_sha256: Sha | None
    advice: str = ""


class Evidence(Record):
    """One thing the verifier looked at.

    Attributes:
        name: What was checked, such as ``contract`` or ``input_dependence``.
        outcome: Whether it speaks for the result, against it, or could not be applied.
        independent: True when it derives the result a second way; only such evidence can verify.
        detail: What was found, in a line.
    """

    name: str
    outcome: Literal["pass", "fail", "not_applicable"]
    independent: bool = False
    detail: str = ""


class Judged(Record):
    """The verifier's verdict on one execution."""

    kind: Literal["judged"] = "judged"
    script_sha256: Sha
    evidence: tuple[Evidence, ...]
    failure: Failure | None


class TrialFinished(Record):
    """The end of a trial; `outputs` maps file names to digests in the artifact store."""

    kind: Literal["trial_finished"] = "trial_finished"
    status: Status
    failure: Failure | None
    script_sha256: Sha | None
    outputs: dict[str, Sha] = Field(default_factory=dict)


class Interrupted(Record):
    """The trial was stopped before its end and can be resumed."""

    kind: Literal["interrupted"] = "interrupted"
    failure: Failure


Body = Annotated[
    TrialStarted
    | NodeStarted
    | NodeFinished
    | Inspected
    | PlanMade
    | CallStarted
    | CallFinished
    | ScriptWritten
    | SelectionMade
    | Checked
    | Executed
    | Diagnosed
    | Judged
    | TrialFinished
    | Interrupted,
    Field(discriminator="kind"),
]


class Event(Record):
    """One line of ``events.jsonl``.

    Attributes:
        v: Schema version.
        seq: Position in the trial, from 0, without gaps.
        at: Time of writing, UTC.
        trial: Id of the trial.
        node: The node at work, or ``run`` outside of any.
        step: How many nodes had been entered, this one included; 0 before the first.
        body: What happened.
    """

    v: Literal[1] = SCHEMA_VERSION
    seq: int
    at: datetime
    trial: str
    node: NodeName
    step: int
    body: Body


class TextDelta(Record):
    """A piece of a model's reply as it arrives; shown live, never stored."""

    kind: Literal["text_delta"] = "text_delta"
    node: NodeName
    text: str
