"""A recorded trial as a source of answers: for strict replay, and to resume without paying twice."""

from collections import Counter
from collections.abc import Iterable

from hepcoder.ledger.artifacts import ArtifactStore
from hepcoder.ledger.errors import ReplayMissError
from hepcoder.ledger.events import CallFinished, CallStarted, Event


class Recording:
    """Finds what came of a request, by the digest of the request and its ordinal within the trial.

    When the same attempt is on record twice (a step was entered again after a kill), the later one counts: it is what
    the trial went on with.

    Args:
        events: The events of one trial.
        artifacts: The store that holds the replies.
    """

    def __init__(self, events: Iterable[Event], artifacts: ArtifactStore) -> None:
        self._artifacts = artifacts
        self._calls = {
            (event.body.request_sha256, event.body.ordinal): event.body
            for event in events
            if isinstance(event.body, CallFinished)
        }

    def __len__(self) -> int:
        """How many different attempts are on record."""
        return len(self._calls)

    def find(self, request_sha256: str, ordinal: int) -> CallFinished | None:
        """What came of an attempt, failed ones included; None when its end is not on record.

        Args:
            request_sha256: Digest of the canonical request.
            ordinal: How many times this exact request was sent in the trial, from 1.
        """
        return self._calls.get((request_sha256, ordinal))

    def reply(self, call: CallFinished) -> bytes:
        """The raw response body of a recorded attempt.

        Raises:
            ReplayMissError: The attempt had no response body, such as after a timeout.
            StorageError: The body is not in the store.
            DigestError: The stored body was changed.
        """
        if call.reply_sha256 is None:
            why = "no response came" if call.failure is None else call.failure.label
            message = f"call {call.call}, attempt {call.attempt} has no recorded response ({why})"
            raise ReplayMissError(message)
        return self._artifacts.get_bytes(call.reply_sha256)


def count_before(events: Iterable[Event], step: int) -> Counter[str]:
    """How many times each request had been sent when a step was entered.

    A step that is entered again after a kill counts its ordinals from here, so that its requests meet the answers
    already on record. An attempt cut short by a kill, and sent again under its ordinal, counts once.

    Args:
        events: The events of one trial.
        step: The step that is entered; attempts of this and later steps are left out.

    Returns:
        For each request digest its highest ordinal before `step`; 0 for all others.
    """
    sent: Counter[str] = Counter()
    for event in events:
        if event.step < step and isinstance(event.body, CallStarted | CallFinished):
            request = event.body.request_sha256
            sent[request] = max(sent[request], event.body.ordinal)
    return sent
