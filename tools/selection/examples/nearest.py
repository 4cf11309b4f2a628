"""Picks the worked examples that together show a model most of what a request asks for."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache

from hepcoder.tools.contract import Output
from hepcoder.tools.inspect.relevance import wanted_kinds
from hepcoder.tools.outputs import parse_output
from hepcoder.tools.selection.examples.worked import WorkedExample, worked_examples

# What is said in many ways; each becomes one term.
_CONCEPTS = {
    "opposite": r"opposite|\bos\b|sfos|ossf",
    "same_sign": r"same[- ]sign|same charge|like[- ]sign|\bss\b",
    "flavour": r"flavou?r|sfos|ossf|\be\s?mu\b",
    "nearest": r"nearest|closest|near to|close to",
    "nearest_mass": r"(?:nearest|closest|near to|close to)[^.;]{0,30}\d",
    "leading": r"leading|hardest|highest[- ]p|first|top two|lead\b",
    "second": r"sub-?leading|second|trailing|softer",
    "third": r"\bthird\b|remaining|other lepton|left over",
    "veto": r"\bveto|\bno\b|without|\bzero\b|none",
    "exactly": r"exactly|\bonly\b|\bsingle\b|just one",
    "btag": r"b-?\s?tag|\bb[- ]?jet|bottom",
    "window": r"between|within|window|\bfrom\b .{1,12}\bto\b",
    "outside": r"outside|not between|not within|exclud|crack",
    "distance": r"delta ?r\b|\bdr\b|Δr|angular distance|separate|separation|isolated from|overlap|closer",
    "azimuth": r"delta ?phi|\bdphi\b|Δφ|azimuth",
    "rapidity_gap": r"delta ?eta|\bdeta|Δη|gap|vbf",
    "transverse_mass": r"transverse mass|\bm_?t\b",
    "ht": r"\bh_?t\b|scalar sum",
    "mass": r"mass\b|\bm_?(?:ll|jj|gg|bb|mumu|ee)\b|peak",
    "ratio": r"ratio|divided|\bover m|\w ?/ ?(?:m|h_?t|p_?t)\b|relative|times",
    "isolation": r"isolat|\biso",
    "identification": r"\bid\b|tight|medium|loose|identif|quality",
    "trigger": r"trigger|hlt|\btrig",
    "fraction": r"fraction|share|percent|efficien|proportion",
    "mean": r"\bmean|average|median|rms|std|spread",
    "extreme": r"\bmax|\bmin|highest value|largest|smallest",
    "cutflow": r"cut-?\s?flow",
    "histogram": r"histogra|distribut|plot|spectrum|\bbins?\b|draw",
    "table": r"table|csv|parquet|for each event|per event|list",
    "all_pairs": r"any pair|all pairs|a pair|at least one pair|every pair|pairs",
    "three": r"three|\b3\b|tri",
    "four": r"four|\b4\b",
    "charge": r"charge",
    "side_by_side": r"separately|each of|side by side|how many (?:are|have)|once for|channels?\b|category|regions?\b",
    "weights": r"weight|yield",
    "rows": r"\brows?\b|\blines?\b|(?:for each|per|by|each) (?:channel|categ\w*|flavou?r|bin|cut|threshold|charge)",
    "formula": r"=\s*\(?\w+\s*[-+*/]|sqrt|ratio|asymmetr|significance|binomial|percent",
    "either": r"\beither\b|\bfired? (?:\w+ )?or\b|trig\w* or\b|\bor (?:at least|met|ht|\w*trig|hlt)",
    "positive": r"positive|negative|\bplus\b|\bminus\b|\w\+|\bpos\b|\bneg\b",
}  # fmt: skip
_COUNT = re.compile(r"n(?:r|um(?:ber)?)?_|n\d", re.IGNORECASE)
_COVERED = 0.3
_PLAIN_WORD = 0.25


def nearest_examples(
    request: str, most: int, *, flat: bool = False, outputs: Sequence[Output] = ()
) -> tuple[WorkedExample, ...]:
    """The examples that cover most of a request between them, the nearest last, where a model minds it most.

    Each next one is valued for what those before do not show, as Levy et al. (arXiv 2212.06800) pick diverse
    demonstrations; rare terms count more than usual ones, and terms that a request does not have count against.

    Args:
        request: The request.
        most: How many at most.
        flat: Whether the data have no lists of objects; examples of the other kind would lead astray.
        outputs: The output contract.

    Example:
        >>> [one.outputs for one in nearest_examples("two photons outside the crack, no b-tagged jets, cutflow", 1)]
        [('cutflow.json',)]
    """
    wanted = _terms(request, outputs)
    left = list(_examples(flat))
    weights = _weights(flat)
    chosen: list[WorkedExample] = []
    covered: set[str] = set()
    while left and len(chosen) < most:
        best = max(left, key=lambda one: _value(wanted, one[1], weights, covered))
        left.remove(best)
        chosen.append(best[0])
        covered |= wanted & best[1]
    return tuple(reversed(chosen))


def _value(wanted: frozenset[str], has: frozenset[str], weights: Mapping[str, float], covered: set[str]) -> float:
    new = sum(weights[term] for term in (wanted & has) - covered)
    known = sum(weights[term] for term in wanted & has & covered)
    both = sum(weights[term] for term in has) + sum(weights.get(term, 0.0) for term in wanted)
    return (new + _COVERED * known) / both


@cache
def _weights(flat: bool) -> Mapping[str, float]:
    examples = _examples(flat)
    counts = Counter(term for _, terms in examples for term in terms)
    return {
        term: math.log(1 + len(examples) / count) * (1.0 if ":" in term else _PLAIN_WORD)
        for term, count in counts.items()
    }


@cache
def _examples(flat: bool) -> tuple[tuple[WorkedExample, frozenset[str]], ...]:
    """The examples over one kind of data, each with its terms."""
    fitting = [one for one in worked_examples() if one.is_flat == flat]
    return tuple((one, _terms(one.request, tuple(map(parse_output, one.outputs)))) for one in fitting)


def _terms(request: str, outputs: Sequence[Output]) -> frozenset[str]:
    """What a text speaks of: kinds of objects, concepts, kinds of output and how many counts, and its plain words."""
    text = request.lower()
    terms = {f"concept:{name}" for name, pattern in _CONCEPTS.items() if re.search(pattern, text)}
    terms |= {f"object:{kind}" for kind in wanted_kinds(request)} | {f"output:{one.kind}" for one in outputs}
    counts = [field.name for one in outputs for field in one.fields if _COUNT.match(field.name)]
    terms |= {"output:several counts"} if len(counts) > 1 else set()
    words = {word.removesuffix("s") for word in re.findall(r"[a-z]{3,}", text)}
    return frozenset(terms | words)
