"""Classifiers as ONNX files, checked against torch."""

import json
import logging
import warnings
from pathlib import Path

import numpy as np

from hepcoder.tools.learning.batches import Batch, Floats
from hepcoder.tools.learning.inputs import Inputs
from hepcoder.tools.learning.models.classifier import Classifier, on_plain_torch, tensors
from hepcoder.tools.learning.models.pytorch import nn, torch

TOLERANCE = 1e-5
_INPUTS = ("event", "objects", "four_vectors", "mask")
_OPSET = 18


class _Probabilities(nn.Module):
    """Probabilities from the inputs that a file has, the others being empty."""

    def __init__(self, classifier: Classifier, names: tuple[str, ...]) -> None:
        super().__init__()
        self.classifier = classifier
        self.names = names

    def forward(self, *given: torch.Tensor) -> torch.Tensor:
        events = given[0].shape[0]
        empty = {
            "event": given[0].new_zeros((events, 0), dtype=torch.float32),
            "objects": given[0].new_zeros((events, 0, 0), dtype=torch.float32),
            "four_vectors": given[0].new_zeros((events, 0, 4), dtype=torch.float32),
            "mask": given[0].new_zeros((events, 0), dtype=torch.bool),
        }
        values = empty | dict(zip(self.names, given, strict=True))
        logits: torch.Tensor = self.classifier(*(values[name] for name in _INPUTS))
        return logits.softmax(dim=1)


def export_onnx(classifier: Classifier, path: str | Path, batch: Batch) -> float:
    """Write a classifier with its scaling as one ONNX file and run it beside torch.

    The file takes raw values: ``event`` (n, event columns), ``objects`` (n, places, features), ``four_vectors``
    (n, places, 4) as float32 and ``mask`` (n, places) as bool, without those that the inputs do not have; n is free,
    places are as in the batch. It gives ``probabilities`` (n, classes). Its metadata name ``classes`` and ``inputs``.

    Args:
        classifier: Of any kind; GNNs are written with plain torch convolutions.
        path: File to write; ends in ``.onnx``.
        batch: Two or more events on which both are run.

    Returns:
        Largest difference of a probability between ONNX Runtime and torch; at most `TOLERANCE`.

    Raises:
        ValueError: If the suffix is wrong, the batch has fewer than two events, or the two differ by more; the file is
            then removed.
        ImportError: If onnx, onnxscript or onnxruntime is not installed.
    """
    path = Path(path)
    if path.suffix != ".onnx" or len(batch) < 2:
        message = f"export_onnx needs a name that ends in .onnx and two or more events, not {path.name!r}, {len(batch)}"
        raise ValueError(message)
    _require_onnx()
    names = onnx_inputs(classifier.inputs)
    plain = on_plain_torch(classifier).eval()
    values = dict(zip(_INPUTS, tensors(batch), strict=True))
    _write(_Probabilities(plain, names).eval(), path, [values[name][:2] for name in names], names)
    _annotate(path, classifier)
    largest = float(np.abs(run_onnx(path, batch) - plain.probabilities(batch)).max())
    if not largest <= TOLERANCE:
        path.unlink()
        message = f"ONNX and torch differ by {largest:.2g} in a probability, more than {TOLERANCE:g}: nothing exported"
        raise ValueError(message)
    return largest


def onnx_inputs(inputs: Inputs) -> tuple[str, ...]:
    """Names of what an exported file takes."""
    there = (bool(inputs.event), bool(inputs.objects), inputs.has_four_vectors, bool(inputs.objects))
    return tuple(name for name, is_there in zip(_INPUTS, there, strict=True) if is_there)


def run_onnx(path: str | Path, batch: Batch) -> Floats:
    """Probabilities (n, classes) of an exported file.

    Raises:
        ImportError: If onnxruntime is not installed.
    """
    _require_onnx()
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    values = {one.name: np.ascontiguousarray(getattr(batch, one.name)) for one in session.get_inputs()}
    probabilities: Floats = session.run(["probabilities"], values)[0]
    return probabilities


def _write(network: nn.Module, path: Path, values: list[torch.Tensor], names: tuple[str, ...]) -> None:
    registry = logging.getLogger("torch.onnx._internal.exporter._registration")
    level = registry.level
    with warnings.catch_warnings():
        # torch.onnx of torch 2.13 calls what torch 2.13 deprecates, and notes that torchvision is not there.
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        registry.setLevel(logging.ERROR)
        try:
            torch.onnx.export(
                network,
                tuple(values),
                str(path),
                input_names=list(names),
                output_names=["probabilities"],
                dynamic_shapes=(tuple({0: torch.export.Dim.DYNAMIC} for _ in names),),
                opset_version=_OPSET,
                dynamo=True,
                external_data=False,
                verbose=False,
            )
        finally:
            registry.setLevel(level)


def _annotate(path: Path, classifier: Classifier) -> None:
    """Name inputs and classes in the file, and take out the paths of source files that torch writes into it."""
    import onnx

    model = onnx.load(path)
    for node in [*model.graph.node, *(node for function in model.functions for node in function.node)]:
        node.ClearField("metadata_props")
    known = {"classes": json.dumps(classifier.classes), "inputs": classifier.inputs.model_dump_json()}
    onnx.helper.set_model_props(model, known)
    onnx.save(model, path)


def _require_onnx() -> None:
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        message = "ONNX export needs onnx, onnxscript and onnxruntime; install them with: pip install 'hepcoder[ml]'"
        raise ImportError(message) from error
