"""Angles and distances between objects."""

from typing import Any

import numpy as np

from hepcoder.tools.arrays import Array, fields_of
from hepcoder.tools.quantities import double, get, get_all


def delta_phi(a: Array, b: Array) -> Any:
    """Return the difference of azimuth a - b, wrapped to -pi ... pi.

    Args:
        a: Objects with ``phi``, or azimuths in radian.
        b: The same for the second.

    Returns:
        Radian, with the shape of the objects.

    Raises:
        ValueError: If objects have no phi.

    Example:
        >>> round(float(delta_phi(3.0, -3.0)), 4)
        -0.2832
    """
    difference = _azimuth(a) - _azimuth(b)
    return (difference + np.pi) % (2 * np.pi) - np.pi


def _azimuth(objects: Array) -> Any:
    return double(get(objects, "phi") if fields_of(objects) else objects)


def delta_r(*objects: Array) -> Any:
    """Return the distance sqrt(delta eta^2 + delta phi^2).

    Args:
        *objects: Two arrays of objects with eta and phi, or four plain arrays: eta1, phi1, eta2, phi2.

    Returns:
        No unit, with the shape of the objects.

    Raises:
        ValueError: If there are neither two objects nor four arrays, or a quantity is missing.

    Example:
        >>> float(delta_r(0.0, 0.0, 3.0, 4.0 - 2 * np.pi)) < 5.0
        True
    """
    usage = "delta_r needs two objects, or eta1, phi1, eta2, phi2"
    eta1, phi1, eta2, phi2 = get_all(objects, ("eta", "phi"), usage)
    return np.sqrt((eta1 - eta2) ** 2 + delta_phi(phi1, phi2) ** 2)
