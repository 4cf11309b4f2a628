"""What several tries at a task give: at least one right (pass@k), or all right (pass^k)."""

from collections.abc import Iterable
from math import comb

from hepcoder.ledger.record import Record


class Repeats(Record):
    """The chance with k tries, as the mean over tasks.

    Attributes:
        k: Number of tries.
        any_right: pass@k, the chance that at least one of k tries is right; None if a task has fewer than k trials.
        all_right: pass^k, the chance that all of k tries are right; None if a task has fewer than k trials.
        n_tasks: Tasks that the mean is over.
        n_short: Tasks with fewer than k trials, which leave both undefined: to pass over them would change what is
            estimated from one k to the next.
    """

    k: int
    any_right: float | None
    all_right: float | None
    n_tasks: int
    n_short: int


def pass_at_k(successes: int, n: int, k: int) -> float | None:
    """Return the unbiased estimate of the chance that at least one of k tries is right, or None where k > n.

    Args:
        successes: Right trials, from 0 to `n`.
        n: Trials.
        k: Tries, at least 1.

    Reference:
        M. Chen et al., arXiv:2107.03374, Eq. (1).

    Example:
        >>> pass_at_k(1, 4, 2)
        0.5
    """
    return None if k > n else 1 - comb(n - successes, k) / comb(n, k)


def pass_hat_k(successes: int, n: int, k: int) -> float | None:
    """Return the unbiased estimate of the chance that all of k tries are right, or None where k > n.

    Args:
        successes: Right trials, from 0 to `n`.
        n: Trials.
        k: Tries, at least 1.

    Reference:
        S. Yao et al., arXiv:2406.12045, section 3.

    Example:
        >>> pass_hat_k(3, 4, 2)
        0.5
    """
    return None if k > n else comb(successes, k) / comb(n, k)


def repeats(counts: Iterable[tuple[int, int]], k: int) -> Repeats:
    """Return the mean over tasks of pass@k and pass^k.

    Args:
        counts: Successes and trials of each task.
        k: Tries, at least 1.
    """
    tasks = list(counts)
    short = sum(n < k for _, n in tasks)
    if short or not tasks:
        return Repeats(k=k, any_right=None, all_right=None, n_tasks=len(tasks), n_short=short)
    misses = [comb(n - c, k) / comb(n, k) for c, n in tasks]
    streaks = [comb(c, k) / comb(n, k) for c, n in tasks]
    return Repeats(
        k=k,
        any_right=1 - sum(misses) / len(tasks),
        all_right=sum(streaks) / len(tasks),
        n_tasks=len(tasks),
        n_short=0,
    )
