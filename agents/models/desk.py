"""What a model client works with: one trial's log, store, budget and recording."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from hepcoder.graphs.budget import BudgetGuard
from hepcoder.ledger.artifacts import ArtifactStore
from hepcoder.ledger.log import TrialLog
from hepcoder.ledger.recording import Recording

Mode = Literal["live", "record", "replay"]


@dataclass(frozen=True)
class Desk:
    """One trial, as its model client sees it; open one client for each desk.

    Attributes:
        log: Where each attempt is written.
        artifacts: Where prompts and, except in ``live`` mode, replies are stored.
        budget: What the trial may spend.
        mode: ``record`` stores replies, ``live`` does not, ``replay`` answers from `recording` alone.
        recording: In ``replay`` the run that is replayed; otherwise this trial's own earlier sitting, or None.
        ordinals: How often each request (by digest) was sent before the step that now runs; counted on by the client.
        stop: When set, waiting ends, an arriving reply is given up, and nothing more is sent.
    """

    log: TrialLog
    artifacts: ArtifactStore
    budget: BudgetGuard
    mode: Mode = "record"
    recording: Recording | None = None
    ordinals: Counter[str] = field(default_factory=Counter)
    stop: threading.Event = field(default_factory=threading.Event)
