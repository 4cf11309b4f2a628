"""What a training refuses, and what ends it."""

from hepcoder.ledger.errors import UserError


class TrainingError(UserError, ValueError):
    """What was given cannot be trained on, or continued from; says why and the way out."""


class NonFiniteLossError(UserError, ArithmeticError):
    """The loss became NaN or infinite; says where, at which rate, what the inputs were, and what is kept."""
