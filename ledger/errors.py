"""The exceptions hepcoder raises on purpose, each named after the contract that was broken.

A message names the thing, shows the wrong value and says the way out. Whoever catches
`HepcoderError` has every failure that is not a bug of ours.
"""


class HepcoderError(Exception):
    """Any failure that hepcoder foresees; the text is written for the user."""


class UserError(HepcoderError):
    """What was asked cannot be done as asked; changing the request, a file or a setting helps."""


class TaskError(UserError):
    """A task, its inputs or its output contract are not usable."""


class InputError(TaskError):
    """An input file is missing, empty, truncated or not what its name says."""


class ModelNotFoundError(UserError):
    """No model of that name is known or served."""


class CredentialError(UserError):
    """A key is missing or was refused; names the variable, never its value."""


class RunError(UserError):
    """A run folder is missing, busy, damaged or not writable."""


class RunBusyError(RunError):
    """Another process is writing this trial."""


class DigestError(HepcoderError):
    """A file does not have the digest it must have."""


class BudgetError(HepcoderError):
    """A budget of calls, tokens, dollars or seconds is used up, or cannot be kept."""


class ReplayMissError(HepcoderError):
    """Replay was asked for a request that the recording does not hold."""


class SandboxError(HepcoderError):
    """The sandbox itself failed or cannot start; never the script's fault."""


class StorageError(HepcoderError):
    """The ledger could not be written: disk full, read-only or gone."""
