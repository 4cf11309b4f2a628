"""What a request wants in its histogram: the quantity, the bins, the range, the weights."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hepcoder.agents.drafting.grammar import normalised
from hepcoder.tools.inspect import FileFacts

_N = r"-?\d+(?:\.\d+)?"
_UNIT = r"\s*(?:GeV|TeV)?\s*"
_DASH = "-|\N{EN DASH}"
_BINS = re.compile(
    r"(?<![\d.])(\d+)\s+(?:(?:equal|uniform|regular|integer)(?:[ -]width|-size[d]?)?\s+)?bins", re.IGNORECASE
)
_RANGES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"bins\b[^.;:]*?\b(?:from|between|in|over)\s+({_N}){_UNIT}(?:and|to|{_DASH})\s*({_N})",
        rf"\b(?:from|between|range|in)\s+({_N}){_UNIT}(?:and|to|{_DASH})\s*({_N})[^.;]*?\bbins",
        rf"[\[(]\s*({_N})\s*,\s*({_N})\s*[\])]",
        rf"(?<![\d.])({_N}){_UNIT}(?:-|\.\.+|to)\s*({_N})\s*GeV[^.;]*?\bbins",
        rf"bins\b[^;\d]*({_N}){_UNIT}\.\.+\s*({_N})",
        rf"bins\b[^.;\d]*({_N}){_UNIT}(?:{_DASH}|to)\s*({_N})",
        rf"\brange\s+({_N}){_UNIT}(?:{_DASH}|to|and)\s*({_N})",
    )
)
_SHOWN = re.compile(
    r"\b(?:histogram(?:s|med)?|distribution|spectrum|plot|draw|fill|show)\b[^.;]*"
    r"|[^.;]*\b(?:distribution|spectrum|histogram)\b",
    re.IGNORECASE,
)
_NAMED = ((r"\btransverse mass", "mt"), (r"\bmass\b", "mass"), (r"\bht\b|scalar sum", "event_ht"))


@dataclass(frozen=True)
class Frame:
    """What the lines above a script's results define.

    Attributes:
        variables: Names that are bound, in order.
        columns: Event columns of the input.
        met: The expression of the missing transverse momentum, or None.
    """

    variables: tuple[str, ...]
    columns: tuple[str, ...]
    met: str | None = None

    @staticmethod
    def of(lines: Sequence[str], facts: Sequence[FileFacts]) -> "Frame":
        """The frame that these lines and files make."""
        bound = re.findall(r"^(\w+) = (?!\.\.\.)", "\n".join(lines), re.MULTILINE)
        columns = [field.name for one in facts[:1] for field in one.layout.columns if not field.depth]
        read = re.search(r'read_events\([^)]*"(\w*met\w*)"', "\n".join(lines), re.IGNORECASE)
        return Frame(tuple(dict.fromkeys(bound)), tuple(columns), f"events.{read[1]}.pt" if read else None)

    @property
    def chosen(self) -> str:
        """How to keep the selected events of an array; empty when the lines make no selection."""
        return "[selected]" if "selected" in self.variables else ""


def histogrammed(request: str, frame: Frame) -> str | None:
    """The expression that a histogram of the request holds; None when the rules cannot tell.

    Example:
        >>> histogrammed("Plot the pt of the taus", Frame(("taus", "selected"), ()))
        'taus.pt[selected]'
    """
    shown = _SHOWN.search(normalised(request))
    if shown is None:
        return None
    text = shown[0]
    found = [*_of_objects(text, frame), *_of_events(text, frame)]
    if not found:
        found = [(0, name) for _, name in _NAMED if name in frame.variables][:1]
    return f"{min(found)[1]}{frame.chosen}" if found else None


def _of_objects(text: str, frame: Frame) -> list[tuple[int, str]]:
    found = []
    for name in frame.variables:
        leading = "leading_" in name
        noun = name.removeprefix("sub").removeprefix("leading_").removesuffix("s")
        if name.endswith("_cut") or not noun.isalpha():
            continue
        rank = "sub-?leading |second " if name.startswith("sub") else "leading |hardest |highest-pt " if leading else ""
        before = f"(?:{rank})" if rank else ""
        for pattern in (
            rf"\b(pt|eta|phi)\b(?: (?:of|for|spectrum|distribution|all|the|every|each|selected))* {before}{noun}s?\b",
            rf"{before}{noun}s?['\N{{RIGHT SINGLE QUOTATION MARK}}]?s? (pt|eta|phi)\b",
        ):
            place = re.search(pattern, text, re.IGNORECASE)
            if place:
                found.append((place.start() - leading, f"{name}.{place[1].lower()}"))
        many = re.search(
            rf"\b(?:number|multiplicity) of(?: [a-z]+)?? {noun}s\b|\b{noun}s? multiplicity", text, re.IGNORECASE
        )
        if many and not leading:
            found.append((many.start(), f"count({name})"))
    return found


def _of_events(text: str, frame: Frame) -> list[tuple[int, str]]:
    found = []
    for pattern, name in _NAMED:
        place = re.search(pattern, text, re.IGNORECASE)
        if place and name in frame.variables and not (name == "mass" and "mt" in frame.variables):
            found.append((place.start(), name))
    named = [
        (match.start(), one) for one in frame.columns if (match := re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text))
    ]
    masses = [
        one for one in frame.columns if one.lower() in {"m", "mass"} and re.search(r"\bmass\b", text, re.IGNORECASE)
    ]
    if len(named) <= 1 or re.match(r"\w+(?: of)?(?: the)? \w+\b", text):
        found += [(place, f"events.{one}") for place, one in named[:1] if "compute" not in text]
    if not named and len(masses) == 1:
        found.append((0, f"events.{masses[0]}"))
    met = re.search(
        r"\b(?:histogram|distribution|spectrum|plot)(?: of)?(?: the)? MET\b|\bMET (?:distribution|spectrum|histogram)",
        text,
    )
    return [*found, (met.start(), frame.met)] if met and frame.met else found


def binnings(request: str) -> tuple[tuple[int, ...], tuple[tuple[float, float], ...]]:
    """The numbers of bins, and the ranges of histograms, that a request states; each once.

    Example:
        >>> binnings("mass in 60 bins from 60 to 120 GeV")
        ((60,), ((60.0, 120.0),))
    """
    bins = dict.fromkeys(int(match[1]) for match in _BINS.finditer(request))
    spans = [match for pattern in _RANGES for match in pattern.finditer(request)]
    return tuple(bins), tuple(dict.fromkeys((float(span[1]), float(span[2])) for span in spans))


def binning(request: str, frame: Frame) -> str:
    """The bins, range and weights that a request states, as arguments of the histogram functions."""
    bins = _BINS.search(request)
    span = next((match for pattern in _RANGES if (match := pattern.search(request))), None)
    text = f", bins={bins[1]}" if bins else ", bins=50"
    text += f", range=({span[1]}, {span[2]})" if span else ""
    weighted = re.search(r"\bweighted\b(?: (?:with|by))?(?: the)?(?: column)? (\w+)", request, re.IGNORECASE)
    if weighted is None:
        return text
    known = f"events.{weighted[1]}{frame.chosen}" if weighted[1] in frame.columns else "..."
    return f"{text}, weights={known}"
