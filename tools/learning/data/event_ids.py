"""One number for each event, from the several that a file tells events apart by."""

import numpy as np
import numpy.typing as npt

from hepcoder.tools.learning.data.splitting import split_mix

_MOST_FILES, _ENTRY_BITS = 1 << 22, 40


def mixed_ids(parts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """One id from the numbers that tell an event apart, such as run, luminosity block and event.

    A single number is the id itself. Several are hashed to 63 bits, so that the id does not depend on what else is in
    the file; among n events two get the same id with a probability of about n^2 / 2^64, 5e-4 for 10^8 events, which
    the check of the data contract would find.

    Args:
        parts: Shape (n, numbers), one number or more.

    Returns:
        int64 (n,).

    Example:
        >>> mixed_ids(np.array([[7], [9]])).tolist()
        [7, 9]
        >>> len(set(mixed_ids(np.array([[1, 2], [2, 1], [1, 2]])).tolist()))
        2
    """
    if parts.shape[1] == 1:
        return parts[:, 0].astype(np.int64)
    words = np.zeros(len(parts), dtype=np.uint64)
    for place in range(parts.shape[1]):
        words = split_mix(words ^ parts[:, place].astype(np.int64).view(np.uint64))
    return (words >> np.uint64(1)).astype(np.int64)


def first_place(file: int) -> int:
    """Id of the first event of a file, where events are told apart by file and entry alone.

    Args:
        file: Place of the file among the files of its sample, 0 or more.

    Raises:
        ValueError: There are more files than ids have room for.
    """
    if not 0 <= file < _MOST_FILES:
        message = f"file {file} is beyond the {_MOST_FILES} that ids have room for; join files"
        raise ValueError(message)
    return file << _ENTRY_BITS
