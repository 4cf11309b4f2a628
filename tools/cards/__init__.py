"""API cards: what a prompt says about the functions of the toolbox, and which of them a request needs."""

from hepcoder.tools.cards.card import Card, all_cards
from hepcoder.tools.cards.retrieval import cards_for

__all__ = ["Card", "all_cards", "cards_for"]
