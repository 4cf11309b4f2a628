"""Weighted metrics of an epoch."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def weighted_auc(score: npt.NDArray[np.floating], is_signal: npt.NDArray[np.bool_], weight: Floats) -> float | None:
    """Probability that a signal event has a higher score than a background event; ties count a half.

    Args:
        score: (n,).
        is_signal: (n,).
        weight: (n,); may be negative.

    Returns:
        The weighted area under the ROC curve (Mann-Whitney); None where a class has no positive sum of weights.

    Example:
        >>> weighted_auc(np.array([0.1, 0.4, 0.4, 0.8]), np.array([False, False, True, True]), np.ones(4))
        0.875
    """
    signal, background = np.where(is_signal, weight, 0.0), np.where(is_signal, 0.0, weight)
    if signal.sum() <= 0 or background.sum() <= 0:
        return None
    _, place = np.unique(score, return_inverse=True)
    at_score = np.bincount(place, background)
    below = np.cumsum(at_score) - at_score / 2
    return float((signal * below[place]).sum() / (signal.sum() * background.sum()))


def mean_auc(probability: npt.NDArray[np.float32], label: npt.NDArray[np.int64], weight: Floats) -> float | None:
    """AUC of the last class against the other of two, or the mean over the classes of each against the rest.

    Args:
        probability: (n, classes).
        label: Index of the class, (n,).
        weight: (n,).

    Returns:
        None where a class has no positive sum of weights.
    """
    classes = probability.shape[1]
    found = [
        weighted_auc(probability[:, one], label == one, weight) for one in range(1 if classes == 2 else 0, classes)
    ]
    values = [value for value in found if value is not None]
    return sum(values) / len(values) if len(values) == len(found) else None


def accuracy(probability: npt.NDArray[np.float32], label: npt.NDArray[np.int64], weight: Floats) -> float | None:
    """Weighted share of events whose most probable class is theirs; None where the weights do not sum to more than 0.

    Args:
        probability: (n, classes).
        label: (n,).
        weight: (n,).
    """
    total = weight.sum()
    return float(weight[probability.argmax(axis=1) == label].sum() / total) if total > 0 else None


def mean_loss(probability: npt.NDArray[np.float32], label: npt.NDArray[np.int64], weight: Floats) -> float | None:
    """Weighted mean of minus the logarithm of the probability of each event's class; None as `accuracy`.

    Args:
        probability: (n, classes); below the smallest float32 it counts as that.
        label: (n,).
        weight: (n,).
    """
    total = weight.sum()
    of_class = np.maximum(probability[np.arange(len(label)), label], np.finfo(np.float32).tiny).astype(np.float64)
    return float(-(weight * np.log(of_class)).sum() / total) if total > 0 else None
