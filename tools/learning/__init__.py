"""Classifiers of events and of jets: data contract, models, training, evaluation and use on new files.

Names are imported when first used, so that ``import hepcoder.tools.learning`` costs nothing:

    from hepcoder.tools.learning import train_classifiers, apply_classifier
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hepcoder.tools.learning.data.selecting import select_samples
    from hepcoder.tools.learning.data.writing import SelectedWriter, save_selected
    from hepcoder.tools.learning.inputs import Inputs, ObjectList, Process, Splitting
    from hepcoder.tools.learning.runs.applying import apply_classifier
    from hepcoder.tools.learning.runs.training import train_classifiers

_MODULE_OF = {
    "Inputs": "inputs",
    "ObjectList": "inputs",
    "Process": "inputs",
    "SelectedWriter": "data.writing",
    "Splitting": "inputs",
    "apply_classifier": "runs.applying",
    "save_selected": "data.writing",
    "select_samples": "data.selecting",
    "train_classifiers": "runs.training",
}

__all__ = [
    "Inputs",
    "ObjectList",
    "Process",
    "SelectedWriter",
    "Splitting",
    "apply_classifier",
    "save_selected",
    "select_samples",
    "train_classifiers",
]


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
