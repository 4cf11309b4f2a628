"""What can be wrong with a suite; each names the task, the entry and the way out."""

from hepcoder.ledger.errors import UserError


class SuiteError(UserError):
    """A suite or one of its tasks is not usable as written."""


class SuiteNotFoundError(SuiteError):
    """There is no suite or task of that name."""


class MissingReferenceError(SuiteError):
    """A task has no reference, or its reference or maker lacks the function it must have."""


class DuplicateTaskError(SuiteError):
    """Two tasks of a suite have one id."""


class ToleranceReasonError(SuiteError):
    """A tolerance is given without saying why results may differ by that much."""


class UnknownOutputError(SuiteError):
    """A grading rule names an output that the contract does not have, or an output of the contract has no rule."""


class EditError(SuiteError):
    """A mutant or equivalent does not fit the reference that it edits."""


class VariantError(SuiteError):
    """The data or the expected outputs of a variant could not be made."""
