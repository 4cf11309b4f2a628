"""Optuna, or how to install it."""

try:
    import optuna
    from optuna.storages.journal import JournalFileBackend
except ImportError as error:
    _MESSAGE = "scans need Optuna; install it with: pip install 'hepcoder[ml]'"
    raise ImportError(_MESSAGE) from error

__all__ = ["JournalFileBackend", "optuna"]
