"""ROOT files with the same bytes for the same content: uproot writes the time and a random id into them."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_WHEN = dt.datetime(2020, 1, 1)  # ROOT's dates have no time zone


def write_root(
    path: Path, branches: Mapping[str, Any], *, tree: str = "Events", counter: Callable[[str], str] = "n{}".format
) -> None:
    """Write one tree, reproducibly to the byte.

    Args:
        path: File to write; its name is in it too.
        branches: Numpy or awkward arrays of one length by branch name; an awkward array of records becomes the
            branches ``NAME_FIELD`` with a common counter, as in NanoAOD.
        tree: Name of the tree.
        counter: Name of the counter branch of a jagged branch or collection; ``nJet`` for ``Jet`` by default.

    Example:
        >>> import tempfile, numpy as np
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path, written = Path(folder, "events.root"), set()
        ...     for _ in range(2):
        ...         write_root(path, {"MET_pt": np.array([20.0, 35.5])})
        ...         written.add(path.read_bytes())
        >>> len(written)
        1
    """
    import awkward as ak
    import uproot

    with _fixed_time(), uproot.recreate(path, uuid_function=lambda: uuid.UUID(int=0)) as file:
        types = {name: ak.type(ak.Array(array)) for name, array in branches.items()}
        file.mktree(tree, types, counter_name=counter).extend(dict(branches))


@contextmanager
def _fixed_time() -> Iterator[None]:
    """Every date in a ROOT file passes through one function of uproot."""
    from uproot import _util

    real = _util.datetime_to_code
    _util.datetime_to_code = lambda _: real(_WHEN)
    try:
        yield
    finally:
        _util.datetime_to_code = real
