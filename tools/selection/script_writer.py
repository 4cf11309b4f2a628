"""Where a script has its results: in variables, or in ``samples`` where there are several."""

from dataclasses import dataclass

from hepcoder.tools.selection.program import Program
from hepcoder.tools.selection.script_text import quoted, tidy
from hepcoder.tools.selection.selection import Selection

WEIGHTS = "event weights"
"""Key of the weights among the values of a sample; no name of a quantity has a space."""


def category_key(name: str) -> str:
    """Key of the mask of a category among the values of a sample, as a literal."""
    return quoted(f"{name} events")


@dataclass(frozen=True)
class Writer:
    """Knows where a script has its results.

    Attributes:
        selection: The selection.
        program: The same, lowered.
        several: Whether there are several samples, whose results lie in ``samples``.
    """

    selection: Selection
    program: Program
    several: bool

    @property
    def keep(self) -> str:
        """How an array of all events is cut down to the selected ones."""
        return "[selected]" if self.program.cuts else ""

    def value(self, name: str, category: str | None, sample: str | None = None) -> str:
        """Code of a quantity of the selected events, or of those in a category."""
        if self.several:
            return self._kept(name, category, sample)
        return self._chosen(self.program.values[name].code, category)

    def weight(self, category: str | None) -> str | None:
        """Code of the weights of the same events; None for counts."""
        if self.program.weight is None:
            return None
        return self._kept(WEIGHTS, category, None) if self.several else self._chosen(self.program.weight, category)

    def _kept(self, name: str, category: str | None, sample: str | None) -> str:
        values = f'samples["{sample}"][2]' if sample else "values"
        return f"{values}[{quoted(name)}]" + (f"[{values}[{category_key(category)}]]" if category else "")

    def _chosen(self, code: str, category: str | None) -> str:
        if category is None:
            return tidy(f"{code}{self.keep}")
        return tidy(f"{code}[{'selected & ' if self.program.cuts else ''}{self.category(category)}]")

    def category(self, name: str) -> str:
        """Code of the mask of a category, without None."""
        mask = self.program.categories[name]
        return f"ak.fill_none({mask.code}, False)" if mask.missing else mask.code

    def cutflow(self, sample: str | None) -> str:
        """Code of a sample's cutflow."""
        return f'samples["{sample}"][0]' if self.several and sample else "cutflow"
