"""The client: budget, one attempt, retry; the only loop that sends anything to a model."""

import random
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing
from datetime import UTC, datetime

from hepcoder.agents.models.attempt import Attempt, Finished
from hepcoder.agents.models.base import ProviderError
from hepcoder.agents.models.classify import provider_failure
from hepcoder.agents.models.desk import Desk
from hepcoder.agents.models.estimate import count_tokens_at_least, count_tokens_at_most, read_asked
from hepcoder.agents.models.exchange import Exchange
from hepcoder.agents.models.patience import Patience
from hepcoder.agents.models.prices import Pricer
from hepcoder.agents.models.recorder import Recorder
from hepcoder.agents.models.records import Ask, Reply
from hepcoder.agents.models.registry import ModelSpec
from hepcoder.agents.models.transport import CapturingTransport
from hepcoder.ledger.events import CallFinished, CallStarted
from hepcoder.ledger.failures import Failure


class VendorClient:
    """A `ModelClient` over one vendor's chat model; use one for each desk.

    Args:
        spec: The model.
        desk: The trial.
        stream: Asks the vendor and yields the text; see `vendors.build_chat`.
        transport: The transport under `stream`.
        pricer: Prices of the model.
        context_tokens: Size of its context, or None when unknown.
        patience: Limits and retries.
        seed: Seed of the random part of the waits.
        sleep: Waits for so many seconds; by default until the desk's `stop` is set.
        on_close: Called once on `close`, after the connections are closed.
    """

    def __init__(
        self,
        spec: ModelSpec,
        desk: Desk,
        *,
        stream: Callable[[Ask], Generator[str]],
        transport: CapturingTransport,
        pricer: Pricer,
        context_tokens: int | None = None,
        patience: Patience | None = None,
        seed: int = 0,
        sleep: Callable[[float], object] | None = None,
        on_close: Callable[[], None] | None = None,
    ) -> None:
        self.name = spec.name
        self.context_tokens = context_tokens
        self._desk = desk
        self._stream = stream
        self._transport = transport
        self._pricer = pricer
        self._patience = patience or Patience()
        self._random = random.Random(seed)  # noqa: S311 - spreads retries, guards nothing
        self._sleep = sleep or desk.stop.wait
        self._on_close = on_close
        self._recorder = Recorder(desk, spec, pricer)
        bodies = (event.body for event in desk.log.events)
        self._last_call = max((body.call for body in bodies if isinstance(body, CallStarted | CallFinished)), default=0)
        self._drops_temperature = False
        self._lock = threading.Lock()

    def ask(self, ask: Ask, *, on_text: Callable[[str], None] | None = None) -> Reply:
        """Ask once, retrying what may be retried within the budget; see `ModelClient.ask`.

        Before each attempt the budget sets aside the prompt, counted from above at 2.5 characters a token, and the
        cap on the reply. A prompt that cannot fit the context even at 6 characters a token is refused unsent.

        Raises:
            ProviderError: No usable reply, after the retries its failure allows; `harness.interrupted` when stopped.
            BudgetError: The next attempt does not fit the budget; nothing was sent.
            ReplayMissError: In replay mode, the request is not in the recording.
        """
        self._refuse_overflow(ask)
        with self._lock:
            call, number = self._last_call + 1, 1
            tries = 0
            while True:
                self._refuse_stopped()
                attempt = self._prepare(ask, call, number)
                finished, text = self._try(ask, attempt, on_text)
                tries += 1
                call, number = attempt.call, attempt.number + 1
                self._last_call = max(self._last_call, call)
                reply = _reply(finished, text)
                if reply is not None:
                    return reply
                failure = finished.failure or provider_failure("malformed_reply", "the reply could not be read")
                if not self._adapts(ask, failure):
                    self._wait_or_give_up(attempt, finished, failure, tries)

    def close(self) -> None:
        """Release connections and, for the embedded model, its server; a second call does nothing."""
        self._transport.close()
        on_close, self._on_close = self._on_close, None
        if on_close is not None:
            on_close()

    def _prepare(self, ask: Ask, call: int, number: int) -> Attempt:
        prompt = count_tokens_at_most(ask)
        usd = self._pricer.at_most(input_tokens=prompt, output_tokens=ask.max_tokens, at=datetime.now(UTC))
        return Attempt(
            node=ask.node,
            step=ask.step,
            asked=read_asked(ask),
            call=call,
            number=number,
            tokens=prompt + ask.max_tokens,
            usd=usd,
        )

    def _try(self, ask: Ask, attempt: Attempt, on_text: Callable[[str], None] | None) -> tuple[Finished, str]:
        exchange = Exchange(admit=lambda request: self._recorder.admit(attempt, request), deadline=self._deadline())
        self._transport.arm(exchange)
        pieces: list[str] = []
        failure: Failure | None = None
        finished: Finished | None = None
        try:
            failure = self._read(ask, attempt, exchange, pieces, on_text)
        except BaseException:
            failure = Failure(stage="harness", name="interrupted", message="stopped while the reply was arriving")
            raise
        finally:
            if attempt.admitted:
                finished = self._recorder.finish(attempt, exchange, failure)
        if exchange.abort is not None:
            raise exchange.abort
        if finished is None:
            finished = Finished(None, failure or provider_failure("invalid_request", "the vendor's SDK sent nothing"))
        return finished, "".join(pieces)

    def _read(
        self, ask: Ask, attempt: Attempt, exchange: Exchange, pieces: list[str], on_text: Callable[[str], None] | None
    ) -> Failure | None:
        with closing(self._stream(self._adapted(ask))) as chunks:
            while True:
                try:
                    piece = next(chunks, None)
                except Exception as error:  # noqa: BLE001 - three SDKs and LangChain raise what they like
                    name = "invalid_request" if exchange.request is None else "malformed_reply"
                    return provider_failure(name, f"{type(error).__name__}: {self._one_line(error)}")
                if piece is None:
                    return None
                if piece and attempt.first_token_seconds is None:
                    attempt.first_token_seconds = time.monotonic() - exchange.started
                pieces.append(piece)
                if piece and on_text is not None:
                    on_text(piece)

    def _one_line(self, error: Exception) -> str:
        return self._transport.redact(" ".join(str(error).split()).encode()).decode()[:300]

    def _adapts(self, ask: Ask, failure: Failure) -> bool:
        """Whether to ask again without a temperature, which some models refuse; the record then names it as dropped."""
        refused = failure.name == "invalid_request" and "temperature" in failure.message
        if self._drops_temperature or ask.temperature is None or not refused:
            return False
        self._drops_temperature = True
        return True

    def _adapted(self, ask: Ask) -> Ask:
        return ask.model_copy(update={"temperature": None}) if self._drops_temperature else ask

    def _wait_or_give_up(self, attempt: Attempt, finished: Finished, failure: Failure, tries: int) -> None:
        if self._desk.mode == "replay":
            if self._recorder.retries_recorded(attempt):
                return
            raise ProviderError(failure)
        if not failure.row.retry or failure.stage == "harness" or tries >= self._patience.attempts:
            raise ProviderError(failure)
        wait = self._patience.wait(tries, finished.retry_after_seconds, self._random)
        left = self._desk.budget.seconds_left()
        if left is not None and wait >= left:
            raise ProviderError(failure)
        self._sleep(wait)

    def _deadline(self) -> float:
        left = self._desk.budget.seconds_left()
        return time.monotonic() + (self._patience.whole if left is None else min(self._patience.whole, left))

    def _refuse_stopped(self) -> None:
        if self._desk.stop.is_set():
            raise ProviderError(Failure(stage="harness", name="interrupted", message="stopped by the user"))

    def _refuse_overflow(self, ask: Ask) -> None:
        least = count_tokens_at_least(ask)
        if self.context_tokens is not None and least > self.context_tokens:
            message = f"the prompt has at least {least} tokens; the context of {self.name} holds {self.context_tokens}"
            raise ProviderError(provider_failure("context_overflow", message))


def _reply(finished: Finished, text: str) -> Reply | None:
    outcome, failure = finished.outcome, finished.failure
    if outcome is None or not (failure is None or failure.name == "truncated_reply"):
        return None
    # The SDKs yield nothing when a server ignores that a stream was asked for and sends one plain object.
    whole = text or outcome.text
    return Reply(text=whole, truncated=outcome.truncated, model_served=outcome.model_served, usage=outcome.usage)
