"""One pair of events for each HTTP attempt, and the answers that a recording gives in place of the network."""

from datetime import UTC, datetime
from decimal import Decimal
from time import monotonic
from typing import Any

import httpx2

from hepcoder.agents.models.attempt import Attempt, Finished
from hepcoder.agents.models.classify import classify_exception, classify_reply, read_retry_after
from hepcoder.agents.models.desk import Desk
from hepcoder.agents.models.exchange import Answer, Exchange, SentRequest, StoppedError
from hepcoder.agents.models.prices import Pricer
from hepcoder.agents.models.registry import ModelSpec
from hepcoder.agents.models.wire import Outcome, get_wire
from hepcoder.ledger.errors import ReplayMissError
from hepcoder.ledger.events import CallFinished, CallStarted
from hepcoder.ledger.failures import Failure
from hepcoder.ledger.usage import Cost, Usage

_STAND_AS_RECORDED = ("timeout", "connection", "interrupted")
_ANSWERED = ("truncated_reply", "refusal")


class Recorder:
    """Admits, answers and writes down the attempts of one client."""

    def __init__(self, desk: Desk, spec: ModelSpec, pricer: Pricer) -> None:
        self._desk = desk
        self._spec = spec
        self._pricer = pricer

    def admit(self, attempt: Attempt, request: SentRequest) -> Answer | None:
        """Reserve and write down an attempt before it is sent, or find its recorded answer.

        Returns:
            The recorded answer, or None when the request must go over the network.

        Raises:
            BudgetExceededError: It does not fit the budget; nothing is written.
            ReplayMissError: In replay, the recording does not hold it.
        """
        found = self._find(attempt, request.sha256)
        attempt.recorded = found
        if attempt.source != "own":
            attempt.reservation = self._desk.budget.reserve(tokens=attempt.tokens, usd=attempt.usd)
            self._desk.ordinals[request.sha256] = attempt.ordinal
            self._desk.log.append(self._started(attempt, request), node=attempt.node, step=attempt.step)
        attempt.admitted = True
        return None if found is None else self._answer(found)

    def retries_recorded(self, attempt: Attempt) -> bool:
        """In replay, whether the recorded call went on with another attempt after this one."""
        found, recording = attempt.recorded, self._desk.recording
        if found is None or recording is None:
            return False
        following = recording.find(found.request_sha256, found.ordinal + 1)
        return following is not None and following.call == found.call

    def finish(self, attempt: Attempt, exchange: Exchange, failure: Failure | None = None) -> Finished:
        """Judge an attempt, settle its budget and write it down.

        Args:
            attempt: The attempt.
            exchange: What was seen of it.
            failure: What is known better than from the bytes, such as that the SDK could not read them.
        """
        seconds = monotonic() - exchange.started
        body, outcome, found = self._judge(attempt, exchange)
        plain = outcome is not None and body.lstrip().startswith(b"{")
        if failure is None or (failure.stage != "harness" and (found is not None or plain)):
            failure = found
        now = exchange.started_at if attempt.recorded else datetime.now(UTC)
        wait = read_retry_after(exchange.headers, now)
        if attempt.recorded is not None:
            wait = attempt.recorded.retry_after_seconds
        if attempt.source != "own":
            finished = self._finished(attempt, exchange, body, outcome, failure).model_copy(
                update={"seconds": seconds, "retry_after_seconds": wait} | self._as_recorded(attempt)
            )
            self._settle(attempt, finished)
            self._desk.log.append(finished, node=attempt.node, step=attempt.step)
        return Finished(outcome, failure, wait)

    def _find(self, attempt: Attempt, sha: str) -> CallFinished | None:
        desk = self._desk
        attempt.ordinal = desk.ordinals[sha] + 1
        found = None if desk.recording is None else desk.recording.find(sha, attempt.ordinal)
        if desk.mode == "replay":
            if found is None:
                # What the budget refused was never sent: where the recorded run ended so, this one does.
                desk.budget.reserve(tokens=attempt.tokens, usd=attempt.usd)
                message = (
                    f"the recording holds no attempt {attempt.ordinal} of request {sha[:12]} (node {attempt.node}); "
                )
                raise ReplayMissError(message + "the code, the prompts or the inputs are not those of the recorded run")
            attempt.source = "replay"
            return found
        while found is not None and desk.recording is not None:
            desk.ordinals[sha] = attempt.ordinal
            attempt.call, attempt.number = found.call, found.attempt
            if found.reply_sha256 is not None and (found.failure is None or found.failure.name in _ANSWERED):
                attempt.source = "own"
                return found
            attempt.number += 1
            attempt.ordinal += 1
            found = desk.recording.find(sha, attempt.ordinal)
        return None

    def _answer(self, found: CallFinished) -> Answer:
        body = b""
        if found.reply_sha256 is not None and self._desk.recording is not None:
            body = self._desk.recording.reply(found)
        elif found.status is not None and found.failure is None:
            message = (
                f"call {found.call} was made in live mode, which stores no replies; only recorded runs can be replayed"
            )
            raise ReplayMissError(message)
        broken = found.failure.name if found.failure is not None and found.failure.name in _STAND_AS_RECORDED else None
        return Answer(status=found.status, headers=found.headers, body=body, broken=broken)

    def _judge(self, attempt: Attempt, exchange: Exchange) -> tuple[bytes, Outcome | None, Failure | None]:
        try:
            body = exchange.body()
        except httpx2.DecodingError as error:
            broken = Failure(stage="provider", name="malformed_reply", message=f"the body cannot be decoded: {error}")
            return bytes(exchange.raw), None, broken
        outcome: Outcome | None = None
        failure: Failure | None = None
        if exchange.status is not None:
            outcome, failure = classify_reply(self._spec.wire, exchange.status, body)
        recorded = attempt.recorded.failure if attempt.recorded is not None else None
        if recorded is not None and recorded.name in _STAND_AS_RECORDED:
            failure = recorded
        elif isinstance(exchange.fault, StoppedError):
            failure = Failure(stage="harness", name="interrupted", message=str(exchange.fault))
        elif exchange.fault is not None:
            failure = classify_exception(exchange.fault)
        elif exchange.status is None and failure is None:
            failure = Failure(stage="harness", name="interrupted", message="stopped before an answer came")
        return body, outcome, failure

    def _finished(
        self, attempt: Attempt, exchange: Exchange, body: bytes, outcome: Outcome | None, failure: Failure | None
    ) -> CallFinished:
        if exchange.request is None:
            message = "an attempt that sent nothing cannot be finished"
            raise ValueError(message)
        sent = get_wire(self._spec.wire).sent(exchange.request.body)
        usage = Usage() if outcome is None else outcome.usage
        served = None if outcome is None else outcome.model_served
        keep = bool(body) and self._desk.mode != "live"
        return CallFinished(
            call=attempt.call,
            attempt=attempt.number,
            ordinal=attempt.ordinal,
            vendor=self._spec.vendor,
            wire=self._spec.wire,
            model_asked=self._spec.name,
            model_served=served,
            asked=attempt.asked,
            sent=sent,
            dropped=tuple(name for name, value in attempt.asked.items() if sent.get(name) != value),
            request_sha256=exchange.request.sha256,
            prompt_sha256=self._desk.artifacts.put_bytes(exchange.request.text),
            reply_sha256=self._desk.artifacts.put_bytes(body) if keep else None,
            status=exchange.status,
            headers=exchange.headers,
            finish_reason=None if outcome is None else outcome.finish_reason,
            failure=failure,
            usage=usage,
            cost=self._cost(usage, served, exchange),
            started_at=exchange.started_at,
            seconds=0.0,
            first_token_seconds=attempt.first_token_seconds,
            replayed=attempt.source == "replay",
        )

    def _cost(self, usage: Usage, served: str | None, exchange: Exchange) -> Cost:
        if exchange.is_unbilled:
            usage = Usage(input=0, output=0)
        return self._pricer.cost(usage, served=served, at=exchange.started_at)

    def _as_recorded(self, attempt: Attempt) -> dict[str, Any]:
        if attempt.recorded is None:
            return {}
        kept = ("seconds", "first_token_seconds", "cost", "started_at")
        return {name: getattr(attempt.recorded, name) for name in kept}

    def _settle(self, attempt: Attempt, finished: CallFinished) -> None:
        if attempt.reservation is None:
            return
        usage = finished.usage
        tokens = None if usage.input is None or usage.output is None else usage.input + usage.output
        if finished.status is not None and finished.status >= 300:
            tokens = 0
        usd = Decimal(0) if finished.cost.usd is None and tokens == 0 else finished.cost.usd
        self._desk.budget.settle(attempt.reservation, tokens=tokens, usd=usd)

    def _started(self, attempt: Attempt, request: SentRequest) -> CallStarted:
        return CallStarted(
            call=attempt.call,
            attempt=attempt.number,
            ordinal=attempt.ordinal,
            vendor=self._spec.vendor,
            model_asked=self._spec.name,
            request_sha256=request.sha256,
            reserved_tokens=attempt.tokens,
            reserved_usd=attempt.usd,
        )
