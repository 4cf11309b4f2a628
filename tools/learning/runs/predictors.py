"""Saves and reads trained classifiers, whatever they are made of."""

from pathlib import Path

from hepcoder.tools.learning.batches import Predictor
from hepcoder.tools.learning.tabular.predictor import TabularClassifier
from hepcoder.tools.learning.tabular.saving import DESCRIPTION_NAME, load, save
from hepcoder.tools.learning.training.errors import TrainingError

MODEL_NAME = "model.json"


def save_predictor(predictor: Predictor, folder: str | Path) -> None:
    """Write a classifier into a folder, which is made if it is not there.

    Raises:
        TypeError: If it is none that this package trains.
    """
    if isinstance(predictor, TabularClassifier):
        save(predictor, folder)
        return
    from hepcoder.tools.learning.models.classifier import Classifier
    from hepcoder.tools.learning.models.saving import save_classifier

    if not isinstance(predictor, Classifier):
        message = f"a {type(predictor).__name__} cannot be saved; only classifiers that this package trained can"
        raise TypeError(message)
    save_classifier(folder, predictor)


def load_predictor(folder: str | Path) -> Predictor:
    """Read a classifier that `save_predictor` wrote; no file can run code.

    Raises:
        TrainingError: If the folder holds none, or what is in it was changed.
        ImportError: If the library that it needs is not installed.
    """
    folder = Path(folder)
    if (folder / DESCRIPTION_NAME).is_file():
        return load(folder)
    if not (folder / MODEL_NAME).is_file():
        message = f"{folder} holds no trained classifier: neither {MODEL_NAME} nor {DESCRIPTION_NAME}"
        raise TrainingError(message)
    from hepcoder.tools.learning.models.saving import load_classifier

    try:
        return load_classifier(folder)
    except (ValueError, FileNotFoundError) as error:
        raise TrainingError(str(error)) from error
