"""Scores of made-up events whose separation is known."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hepcoder.tools.learning.scores import Scores


def make_scores(
    signal_score: Any,
    is_signal: Any,
    *,
    weight: Any = None,
    split: Any = 2,
    event_id: Any = None,
    process: Any = None,
    processes: Sequence[str] = ("zz", "higgs"),
) -> Scores:
    """Two classes, background and signal; without more said, each of one process and all events of the test split."""
    said, label = np.asarray(signal_score, dtype=np.float32), np.asarray(is_signal).astype(np.int64)
    n = len(label)
    return Scores(
        ("background", "signal"),
        tuple(processes),
        event_id=np.arange(n) if event_id is None else np.asarray(event_id, dtype=np.int64),
        process=label if process is None else np.asarray(process, dtype=np.int64),
        split=np.broadcast_to(np.asarray(split, dtype=np.int64), (n,)).copy(),
        label=label,
        weight=np.ones(n) if weight is None else np.asarray(weight, dtype=np.float64),
        score=np.stack([1 - said, said], axis=1),
    )


def binormal(
    n: int, shift: float, seed: int, *, signal_share: float = 0.5, negative: float = 0.0, varied: bool = False
) -> Scores:
    """Unit Gaussians at 0 and ``shift``, scored by the calibrated probability for equally common classes.

    AUC = Phi(shift / sqrt 2). Weights, if ``varied``, are exponential; a share ``negative`` of them gets a minus sign.
    Events go to train, validation and test by 2:1:1.
    """
    generator = np.random.default_rng(seed)
    label = generator.random(n) < signal_share
    x = generator.normal(size=n) + shift * label
    weight = generator.exponential(size=n) if varied else np.ones(n)
    weight *= np.where(generator.random(n) < negative, -1, 1)
    split = np.array([0, 0, 1, 2])[np.arange(n) % 4]
    return make_scores(1 / (1 + np.exp(-shift * (x - shift / 2))), label, weight=weight, split=split)


def known(value: Any) -> Any:
    """A value that must not be None here."""
    assert value is not None
    return value
