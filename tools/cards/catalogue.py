"""Which functions have a card, where they are, and the words of the field that ask for them."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Entry:
    """One function of the toolbox.

    Attributes:
        module: Its module in ``hepcoder.tools``.
        words: What a request says that needs it: words, or phrases whose words follow each other; a ``*`` stands for
            the rest of a word, a ``!`` marks a term of the trade. Lower case, letters and digits only.
        kinds: Kinds of object of which the data must have one; empty for any data.
        along: Functions that are used with it.
        basic: Whether it is used in most requests, so that others go before it where there is not room for all.
    """

    module: str
    words: tuple[str, ...]
    kinds: frozenset[str] = frozenset()
    along: tuple[str, ...] = ()
    basic: bool = False


@lru_cache(maxsize=1)
def catalogue() -> dict[str, Entry]:
    """The entries of ``catalogue.yaml`` by the name of the function.

    Example:
        >>> catalogue()["hadronic_top"].along
        ('hadronic_w',)
    """
    rows = yaml.safe_load((Path(__file__).parent / "catalogue.yaml").read_text(encoding="utf-8"))
    return {
        name: Entry(
            module=row["module"],
            words=tuple(str(word) for word in row["words"]),
            kinds=frozenset(row.get("kinds", ())),
            along=tuple(row.get("along", ())),
            basic=row.get("basic", False),
        )
        for name, row in rows.items()
    }
