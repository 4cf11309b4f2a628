"""Classifiers as files: what they are in JSON, their weights beside it."""

import hashlib
import io
import json
from importlib.metadata import version
from pathlib import Path
from pickle import UnpicklingError
from typing import Annotated

from pydantic import Field, ValidationError

from hepcoder.ledger.files import write_atomically
from hepcoder.ledger.record import Record
from hepcoder.tools.learning.inputs import Inputs
from hepcoder.tools.learning.models.classifier import Classifier
from hepcoder.tools.learning.models.configs import GnnConfig, ModelConfig
from hepcoder.tools.learning.models.pytorch import torch
from hepcoder.tools.learning.models.scaling import Scaling

MODEL_NAME = "model.json"
WEIGHTS_NAME = "weights.pt"
_FORMAT = 1


class _Model(Record):
    """What model.json holds."""

    format: int
    inputs: Inputs
    classes: tuple[str, ...]
    config: Annotated[ModelConfig, Field(discriminator="kind")]
    scaling: Scaling
    weights_sha256: str
    versions: dict[str, str]


def save_classifier(folder: str | Path, classifier: Classifier) -> Path:
    """Write ``model.json`` (inputs, classes, configuration, scaling, versions) and ``weights.pt`` into a folder.

    Args:
        folder: Made if it is not there; a classifier in it is replaced.
        classifier: Trained or not; on any device.

    Returns:
        The folder.

    Raises:
        StorageError: If a file cannot be written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    torch.save({name: values.cpu() for name, values in classifier.state_dict().items()}, buffer)
    weights = buffer.getvalue()
    model = _Model(
        format=_FORMAT,
        inputs=classifier.inputs,
        classes=classifier.classes,
        config=classifier.config,
        scaling=classifier.scaling,
        weights_sha256=hashlib.sha256(weights).hexdigest(),
        versions={name: version(name) for name in ("hepcoder", "torch")},
    )
    write_atomically(folder / WEIGHTS_NAME, [weights])
    write_atomically(folder / MODEL_NAME, [model.model_dump_json(indent=1).encode() + b"\n"])
    return folder


def load_classifier(folder: str | Path, *, inputs: Inputs | None = None) -> Classifier:
    """Read what `save_classifier` wrote, on the CPU, in evaluation mode.

    Nothing but tensors and plain data is read, so that a file from elsewhere cannot run code. A GNN runs on PyTorch
    Geometric where it is installed, else on plain torch, unless it was made for plain torch.

    Args:
        folder: Of the classifier.
        inputs: What it must look at; None takes any.

    Returns:
        The classifier.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If a file is damaged, of another format or of another classifier than its neighbour, or if the
            classifier looks at other columns than ``inputs``.
    """
    folder = Path(folder)
    model = _read_model(folder / MODEL_NAME)
    if inputs is not None:
        require_inputs(model.inputs, inputs)
    config = model.config
    if isinstance(config, GnnConfig) and config.backend == "pyg":
        config = config.model_copy(update={"backend": "auto"})
    classifier = Classifier(model.inputs, model.classes, config, model.scaling)
    scaler = {name: values.clone() for name, values in classifier.scaler.state_dict().items()}
    weights = _read_weights(folder / WEIGHTS_NAME, model.weights_sha256)
    try:
        classifier.load_state_dict(weights)
    except RuntimeError as error:
        message = f"the weights in {folder} do not fit the network in {MODEL_NAME}: {error}"
        raise ValueError(message) from error
    if any(not torch.equal(values, classifier.scaler.state_dict()[name]) for name, values in scaler.items()):
        message = f"the scaling in {folder / MODEL_NAME} is another than that among the weights; one was changed"
        raise ValueError(message)
    return classifier.eval()


def require_inputs(made_for: Inputs, given: Inputs) -> None:
    """Make sure that a classifier is given what it was made for.

    Raises:
        ValueError: If columns differ, or their order; names those that are missing and those too many.
    """
    if made_for == given:
        return
    wanted, got = _names(made_for), _names(given)
    missing = [name for name in wanted if name not in got]
    unknown = [name for name in got if name not in wanted]
    what = "; ".join(
        [
            *([f"missing: {', '.join(missing)}"] if missing else []),
            *([f"not known to it: {', '.join(unknown)}"] if unknown else []),
        ]
    )
    message = f"the classifier was made for other inputs ({what or 'the same columns in another order'}): {wanted}"
    raise ValueError(message)


def _names(inputs: Inputs) -> list[str]:
    objects = [f"{one.name}.{field}" for one in inputs.objects for field in one.fields]
    return [*inputs.event, *objects, *(f"at most {one.most} {one.name}" for one in inputs.objects)]


def _read_model(path: Path) -> _Model:
    if not path.is_file():
        message = f"there is no {path.name} in {path.parent}; give the folder that a training or save_classifier wrote"
        raise FileNotFoundError(message)
    text = path.read_text(encoding="utf-8")
    try:
        found = json.loads(text)
        if found.get("format") != _FORMAT:
            message = f"{path} is of format {found.get('format')!r}; this version reads {_FORMAT}"
            raise ValueError(message)
        return _Model.model_validate_json(text)
    except (json.JSONDecodeError, AttributeError, ValidationError) as error:
        message = f"{path} is damaged or of another program: {error}"
        raise ValueError(message) from error


def _read_weights(path: Path, sha256: str) -> dict[str, torch.Tensor]:
    if not path.is_file():
        message = f"there is no {path.name} in {path.parent}; the classifier was not saved to its end, or moved in part"
        raise FileNotFoundError(message)
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        message = f"{path} is damaged or of another training than {MODEL_NAME} beside it"
        raise ValueError(message)
    try:
        weights: dict[str, torch.Tensor] = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, UnpicklingError) as error:
        message = f"{path} holds no weights: {error}"
        raise ValueError(message) from error
    return weights
