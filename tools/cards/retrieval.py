"""Which cards a request needs: by its words alone, within a budget of tokens."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from hepcoder.tools.cards.card import Card, all_cards
from hepcoder.tools.cards.catalogue import Entry, catalogue
from hepcoder.tools.inspect.facts import FileFacts

_SPELLINGS = (
    ("\u0394", " delta "), ("\u03b7", " eta "), ("\u03c6", " phi "), ("\u03b8", " theta "), ("\u03b3", " photon "),
    ("\u03bc", " muon "), ("\u03c4", " tau "), ("\u2113", " lepton "), ("\u2192", " "), ("_", " "),
)  # fmt: skip

_BASIC = 0.25


def cards_for(
    request: str, facts: Sequence[FileFacts], budget_tokens: int = 700, *, basic: bool = True
) -> tuple[Card, ...]:
    """The cards that a request needs, the most needed first.

    Args:
        request: The request in plain language, or any words.
        facts: The inputs; functions for objects that none of them has are left out. Empty leaves none out.
        budget_tokens: Most tokens that the texts of the cards may need together; a card that does not fit is left out.
        basic: Whether the functions that most scripts need are among them, which a prompt may tell of anyway.

    Returns:
        Cards without repetition; none where no word asks for any.

    Example:
        >>> [card.name for card in cards_for("the Collins-Soper angle of the two photons", (), 200)]
        ['collins_soper_cos_theta']
    """
    text = plain_words(request)
    scores = {
        name: score(text, name, entry)
        for name, entry in catalogue().items()
        if _fits(entry, facts) and (basic or not entry.basic)
    }
    ranked = sorted((name for name, value in scores.items() if value > 0), key=lambda name: -scores[name])
    cards = {card.name: card for card in all_cards()}
    chosen: list[Card] = []
    left = budget_tokens
    for name in _with_companions(ranked, scores):
        if cards[name].tokens <= left:
            chosen.append(cards[name])
            left -= cards[name].tokens
    return tuple(chosen)


def plain_words(text: str) -> str:
    """Lower-case words with one blank between, before and after them; Greek letters by name.

    Example:
        >>> plain_words("\u0394R(b-jet, \u2113) < 0.4")
        ' delta r b jet lepton 0 4 '
    """
    for mark, word in _SPELLINGS:
        text = text.replace(mark, word)
    return f" {' '.join(re.findall(r'[a-z0-9]+', text.lower()))} "


def score(text: str, name: str, entry: Entry) -> float:
    """How much the words of a request ask for a function: a phrase counts by the square of its length in words.

    Args:
        text: As `plain_words` gives.
        name: The function; its own name in the text counts most.
        entry: Its words.
    """
    found = sum(_weight(phrase) for phrase in entry.words if _pattern(phrase).search(text))
    named = 9.0 if "_" in name and plain_words(name) in text else 0.0
    return (found + named) * (_BASIC if entry.basic else 1.0)


def _weight(phrase: str) -> float:
    return float((len(phrase.split()) + phrase.count("!")) ** 2)


@lru_cache(maxsize=1024)
def _pattern(phrase: str) -> re.Pattern[str]:
    return re.compile(f" {re.escape(phrase.rstrip('!')).replace(re.escape('*'), '[a-z0-9]*')}s? ")


def _fits(entry: Entry, facts: Sequence[FileFacts]) -> bool:
    kinds = {one.kind for each in facts for one in each.layout.collections}
    return not facts or not entry.kinds or bool(entry.kinds & kinds)


def _with_companions(ranked: Iterable[str], allowed: Iterable[str]) -> list[str]:
    """Each function followed by those that are used with it."""
    known = set(allowed)
    return list(dict.fromkeys(one for name in ranked for one in (name, *catalogue()[name].along) if one in known))
