"""What numbers must not be: missing, non-finite, all the same, all zero."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from hepcoder.ledger.failures import Failure, Stage
from hepcoder.tools.contract import Output, OutputField

if TYPE_CHECKING:
    import numpy.typing as npt

_COUNTS = ("counts", "count", "hist", "histogram", "contents")
_FEW = 3


def fail(stage: Stage, name: str, message: str) -> Failure:
    """Shorthand for a `Failure` without a line."""
    return Failure(stage=stage, name=name, message=message)


def missing_names(output: Output, names: Iterable[str]) -> list[Failure]:
    """One failure when a file lacks names that the contract asks for, else none."""
    has = list(names)
    missing = [field.name for field in output.fields if field.name not in has]
    if not missing:
        return []
    listed = ", ".join(map(repr, has)) or "nothing"
    message = f"{output.file} lacks {', '.join(map(repr, missing))}; it has {listed}; save under exactly these names"
    return [fail("output", "schema", message)]


def is_count(name: str) -> bool:
    """Whether a name says that it counts something, such as ``n_selected``.

    Example:
        >>> is_count("n_selected"), is_count("mean_mass")
        (True, False)
    """
    return name.startswith(("n_", "num_", "number_of_"))


def check_array(where: str, name: str, array: "npt.NDArray[Any]", field: OutputField | None) -> list[Failure]:
    """Say what is wrong with an array of numbers.

    Args:
        where: File and name, for the message.
        name: Name of the array; tells weights, counts and bin edges from other numbers.
        array: The array, of any shape.
        field: What the contract asks of it, or None.

    Returns:
        At most one failure.
    """
    import numpy as np

    if array.dtype.kind not in "biuf":
        message = f"{where} holds {array.dtype}, not numbers; save plain numbers, such as float(x) or np.asarray(x)"
        return [fail("output", "schema", message)]
    wrong_shape = _check_shape(where, array.shape, field)
    if wrong_shape:
        return wrong_shape
    if array.size == 0:
        return [fail("output", "empty", f"{where} has no values; does the selection leave any event?")]
    bad = array.size - int(np.count_nonzero(np.isfinite(array)))
    if bad:
        message = (
            f"{bad} of {array.size} values of {where} are NaN or infinite; select finite values, avoid dividing by zero"
        )
        return [fail("output", "non_finite", message)]
    return _check_content(where, name.lower(), array)


def _check_shape(where: str, shape: tuple[int, ...], field: OutputField | None) -> list[Failure]:
    wanted = None if field is None else field.shape
    if wanted is None:
        return []
    if len(wanted) == len(shape) and all(want in (-1, have) for want, have in zip(wanted, shape, strict=True)):
        return []
    shown = str(tuple("any" if size == -1 else size for size in wanted)).replace("'", "")
    return [fail("output", "shape", f"{where} has shape {shape}, not {shown}; reshape or flatten it before saving")]


def _check_content(where: str, name: str, array: "npt.NDArray[Any]") -> list[Failure]:
    lowest, highest = array.min(), array.max()
    all_zero = not lowest and not highest
    if "weight" in name and all_zero:
        return [
            fail("output", "zero_weights", f"all {array.size} values of {where} are zero; use the weights of the input")
        ]
    if array.size < _FEW or lowest != highest or "weight" in name:
        return []
    if name in _COUNTS and all_zero:
        message = f"all {array.size} bins of {where} are zero; check the selection, the unit (MeV or GeV) and the range"
        return [fail("physics", "empty_selection", message)]
    if array.dtype.kind != "f":
        return []  # a selection can leave whole numbers equal: two muons in each event, no b jet in any
    message = f"all {array.size} values of {where} are {lowest}; compute them from the events, object by object"
    return [fail("output", "constant", message)]
