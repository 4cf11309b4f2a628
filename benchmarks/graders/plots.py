"""Is there anything drawn on a picture?"""

from typing import Any

from hepcoder.tools.png import PngError, read_png

_MIN_PIXELS = 64


def check_plot(content: Any, where: str) -> list[str]:
    """Say what is wrong with a PNG: it must be whole, of some size, and not of one colour.

    Args:
        content: The bytes of the file.
        where: Name for messages.
    """
    try:
        facts = read_png(content)
    except PngError as error:
        return [f"{where} is no PNG image: {error}"]
    if min(facts.width, facts.height) < _MIN_PIXELS or facts.one_colour:
        return [f"{where} has {facts.width} x {facts.height} pixels and shows nothing"]
    return []
