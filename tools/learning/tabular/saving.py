"""Classifiers of tables in a folder: a file of the library, and what it is, as JSON."""

import hashlib
from pathlib import Path

from pydantic import Field

from hepcoder.ledger.record import Record
from hepcoder.tools.learning.inputs import Inputs
from hepcoder.tools.learning.tabular.configs import AnyTabularConfig, FoundationConfig, TreesConfig
from hepcoder.tools.learning.tabular.engines import Engine, Facts
from hepcoder.tools.learning.tabular.features import feature_names
from hepcoder.tools.learning.tabular.predictor import TabularClassifier
from hepcoder.tools.learning.training.errors import TrainingError

DESCRIPTION_NAME = "tabular.json"
_FORMAT = 1


class Description(Record):
    """What a saved classifier is.

    Attributes:
        format: Of this record.
        inputs: What it looks at.
        classes: Names of the classes.
        features: Columns of its table.
        config: How it was trained.
        facts: See `TabularClassifier`.
        model_file: In the same folder.
        sha256: Of that file.
    """

    format: int = _FORMAT
    inputs: Inputs
    classes: tuple[str, ...]
    features: tuple[str, ...]
    config: AnyTabularConfig = Field(discriminator="kind")
    facts: Facts
    model_file: str
    sha256: str


def save(classifier: TabularClassifier, folder: str | Path) -> Path:
    """Write a classifier into a folder.

    Args:
        classifier: Trained.
        folder: Made if it is not there.

    Returns:
        Path of the description; the model's file lies beside it.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    model = classifier.engine.save(folder)
    description = Description(
        inputs=classifier.inputs,
        classes=classifier.classes,
        features=feature_names(classifier.inputs),
        config=classifier.config,
        facts=classifier.facts,
        model_file=model.name,
        sha256=_digest(model),
    )
    path = folder / DESCRIPTION_NAME
    path.write_text(description.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return path


def load(folder: str | Path) -> TabularClassifier:
    """Read a classifier that `save` wrote; no file can run code.

    Raises:
        TrainingError: If there is none, its model file is not the one that was saved, or holds what it must not.
        ImportError: If the library is not installed.
    """
    folder = Path(folder)
    path = folder / DESCRIPTION_NAME
    if not path.is_file():
        message = f"{folder} holds no classifier of tables: it has no {DESCRIPTION_NAME}"
        raise TrainingError(message)
    description = Description.model_validate_json(path.read_text(encoding="utf-8"))
    model = folder / Path(description.model_file).name
    if not model.is_file() or _digest(model) != description.sha256:
        message = f"{model} is not the file that was saved with {path}; save the classifier again"
        raise TrainingError(message)
    engine = _loaded(description.config, folder)
    return TabularClassifier(description.inputs, description.classes, description.config, engine, description.facts)


def _loaded(config: AnyTabularConfig, folder: Path) -> Engine:
    if isinstance(config, TreesConfig):
        from hepcoder.tools.learning.tabular.trees import load_trees

        return load_trees(folder)
    if isinstance(config, FoundationConfig):
        from hepcoder.tools.learning.tabular.foundation import load_foundation

        return load_foundation(folder, config)
    from hepcoder.tools.learning.tabular.xgboost_trees import load_xgboost

    return load_xgboost(folder)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
