"""Which split an event belongs to: a keyed hash of its id, the same wherever and whenever it is read."""

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt

from hepcoder.tools.learning.inputs import SPLITS, Splitting

Ints = npt.NDArray[np.int64]
_Words = npt.NDArray[np.uint64]


def split_of(event_id: npt.ArrayLike, process_name: str, splitting: Splitting) -> Ints:
    """Index into `SPLITS` of each event.

    It depends on the event's id, the name of its process, the seed and the shares alone: not on the order of the
    events, on how many files they are in, or on the machine. The lowest share of the hashes is the test split, so that
    another share for validation moves no event in or out of it.

    Args:
        event_id: Integers that tell the events of the process apart, shape (n,).
        process_name: Its name; the same ids in another process fall elsewhere.
        splitting: Shares and seed.

    Returns:
        int64 (n,).

    Raises:
        TypeError: The ids are no integers.

    Example:
        >>> split_of([7, 8, 9, 7], "wjets", Splitting()).tolist()
        [0, 2, 2, 0]
        >>> np.bincount(split_of(np.arange(10_000), "wjets", Splitting())).tolist()
        [5939, 1501, 2560]
    """
    drawn = uniform_of(event_id, hash_key(process_name, splitting.seed))
    split = np.full(drawn.shape, SPLITS.index("train"), dtype=np.int64)
    split[drawn < splitting.test + splitting.validation] = SPLITS.index("validation")
    split[drawn < splitting.test] = SPLITS.index("test")
    return split


def hash_key(name: str, seed: int) -> int:
    """Key of a hash for a name and a seed: the first 64 bits of the SHA-256 of both.

    Args:
        name: Any text.
        seed: 0 or more.
    """
    return int.from_bytes(hashlib.sha256(f"{seed}:{name}".encode()).digest()[:8], "little")


def uniform_of(event_id: npt.ArrayLike, key: Any) -> npt.NDArray[np.float64]:
    """A number in [0, 1) for each id, as if drawn: the top 53 bits of SplitMix64 of the id under a key.

    Args:
        event_id: Integers, shape (n,).
        key: From `hash_key`; one for all, or an array of one for each.

    Returns:
        float64 (n,).

    Raises:
        TypeError: The ids are no integers.

    Reference:
        G. L. Steele, D. Lea, C. H. Flood, Fast splittable pseudorandom number generators, OOPSLA 2014, figure 16.
    """
    ids = np.asarray(event_id)
    if ids.dtype.kind not in "iu" and ids.size:
        message = f"event ids must be integers, not {ids.dtype}; number the events with np.arange or save a hash"
        raise TypeError(message)
    words = ids.astype(np.int64).view(np.uint64)
    mixed = split_mix(split_mix(words) ^ np.asarray(key, dtype=np.uint64))
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def split_mix(words: _Words) -> _Words:
    """One step of SplitMix64 of each word; arrays of unsigned integers wrap around as it needs.

    Args:
        words: uint64, an array of any shape.
    """
    mixed = words + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
