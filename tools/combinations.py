"""Pairs of objects within each event."""

import awkward as ak

from hepcoder.tools.arrays import Array
from hepcoder.tools.objects import jagged
from hepcoder.tools.quantities import double, get


def pairs(objects: Array) -> tuple[ak.Array, ak.Array]:
    """Return all pairs of objects within each event, each pair once.

    Args:
        objects: Jagged objects or numbers.

    Returns:
        The first and the second of each pair, both jagged with n (n - 1) / 2 entries for n objects.

    Raises:
        ValueError: If the objects are not jagged.

    Example:
        >>> first, second = pairs([[1, 2, 3], [4]])
        >>> first.tolist(), second.tolist()
        ([[1, 1, 2], []], [[2, 3, 3], []])
    """
    first, second = ak.unzip(ak.combinations(jagged(objects, "pairs"), 2, axis=1))
    return first, second


def opposite_sign_pairs(objects: Array) -> tuple[ak.Array, ak.Array]:
    """Return the pairs of objects within each event whose charges have opposite signs.

    Args:
        objects: Jagged records with ``charge``.

    Returns:
        The first and the second of each pair, as `pairs` does.

    Raises:
        ValueError: If the objects are not jagged or have no charge.

    Example:
        >>> muons = ak.Array([[{"pt": 9.0, "charge": 1}, {"pt": 8.0, "charge": -1}, {"pt": 5.0, "charge": 1}]])
        >>> first, second = opposite_sign_pairs(muons)
        >>> first.pt.tolist(), second.pt.tolist()
        ([[9.0, 8.0]], [[8.0, 5.0]])
    """
    first, second, product = charged_pairs(objects)
    return first[product < 0], second[product < 0]


def charged_pairs(objects: Array) -> tuple[ak.Array, ak.Array, ak.Array]:
    """Return all pairs of objects within each event, and the products of their charges.

    Args:
        objects: Jagged records with ``charge``.

    Returns:
        The first and the second of each pair, as `pairs` does, and the product of both charges.

    Raises:
        ValueError: If the objects are not jagged or have no charge.

    Example:
        >>> _, _, product = charged_pairs(ak.Array([[{"charge": 1}, {"charge": -1}, {"charge": 1}]]))
        >>> product.tolist()
        [[-1.0, 1.0, -1.0]]
    """
    first, second = pairs(objects)
    return first, second, double(get(first, "charge")) * double(get(second, "charge"))
