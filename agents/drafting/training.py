"""The frame of a script that trains classifiers, where a request asks for one on samples that are there."""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from hepcoder.tools.contract import Output, OutputField
from hepcoder.tools.inspect import FileFacts

_TRAINING = re.compile(
    r"\btrain\w*\b|\bclassif\w+|\bmlp\b|\bgnn\b|\btransformers?\b|\bbdt\b|boosted|neural|\bxgboost\b|discriminat\w+",
    re.IGNORECASE,
)
_SAMPLES = frozenset({".parquet", ".npz"})
# Ways to write each model, in the order in which results are named.
_MODELS = {
    "mlp": r"\bmlps?\b|multi-?layer|dense|(?<!graph )neural net",
    "gnn": r"\bgnns?\b|graph",
    "transformer": r"transformer|attention",
    "trees": r"\btrees?\b|\bb?dts?\b|boosted|boosting",
    "xgboost": r"xgboost|\bxgb\b",
    "tabpfn": r"tabpfn",
    "tabicl": r"tabicl",
}
_THREE = ("mlp", "gnn", "transformer")
_BACKGROUND = re.compile(r"b(?:ac)?kg|background", re.IGNORECASE)
_SIGNAL = re.compile(r"sig(?:nal)?", re.IGNORECASE)
_AGAINST = re.compile(r"\b(?:from|against|versus|vs\.?|over|and)\b", re.IGNORECASE)
_EPOCHS = re.compile(r"(\d+)\s+epochs?\b", re.IGNORECASE)


def asks_for_training(request: str, facts: Sequence[FileFacts]) -> bool:
    """Whether a request is for classifiers and there are samples of selected events to train them on.

    Args:
        request: The request.
        facts: The inputs.
    """
    samples = [one for one in facts if PurePath(one.path).suffix in _SAMPLES]
    return len(samples) > 1 and len(samples) == len(facts) and _TRAINING.search(request) is not None


def training_skeleton(request: str, facts: Sequence[FileFacts], outputs: Sequence[Output]) -> str:
    """The frame: one call that trains and compares, and what of its result each output asks for.

    Which sample is the signal is read from the names of the files and their order in the request; where that does not
    tell, the model has to.

    Args:
        request: The request.
        facts: The samples.
        outputs: What must be written.
    """
    models = models_named(request)
    signal, background = _sides(request, [PurePath(one.path).name for one in facts])
    epochs = _EPOCHS.search(request)
    arguments = [_files(signal), _files(background), f"models={_listed(models)}"]
    arguments += [f"epochs={epochs[1]}"] if epochs else []
    lines = ["import shutil", ""] if any(_is_figure(output) for output in outputs) else []
    lines += ["from hepcoder.tools import save_json, train_classifiers", ""]
    lines += [f"learned = train_classifiers({', '.join(arguments)})", "", "# results"]
    lines += ["# learned.auc[name]: test AUC; learned.best: name of the best; learned.verdict: a sentence"]
    for output in outputs:
        lines += _saving(output, models)
    return "\n".join(lines) + "\n"


def models_named(request: str) -> tuple[str, ...]:
    """The models that a request names; the three of the toolbox where it names none.

    Example:
        >>> models_named("Train boosted trees and an MLP"), models_named("Train the three classifiers")
        (('mlp', 'trees'), ('mlp', 'gnn', 'transformer'))
    """
    found = tuple(name for name, pattern in _MODELS.items() if re.search(pattern, request, re.IGNORECASE))
    return found or _THREE


def _sides(request: str, files: Sequence[str]) -> tuple[list[str], list[str]]:
    """Signal and background files; both empty where nothing tells."""
    background = [name for name in files if _BACKGROUND.search(name)]
    signal = [name for name in files if name not in background and _SIGNAL.search(name)]
    if signal and not background:
        background = [name for name in files if name not in signal]
    if background and not signal:
        signal = [name for name in files if name not in background]
    if signal or background:
        return (signal, background) if signal and background else ([], [])
    places = {name: place for name in files if (place := _place(request, name)) is not None}
    said = {name: _said_of(request, place) for name, place in places.items()}
    signal = [name for name in files if said.get(name) == "signal"]
    if not signal and places:
        first = min(places, key=lambda name: places[name])
        signal = [first] if said.get(first) != "background" and _AGAINST.search(request[places[first] :]) else []
    return (signal, [name for name in files if name not in signal]) if signal else ([], [])


def _place(request: str, file: str) -> int | None:
    """Where a request names a file, in full or by its process; None where it does not."""
    stem = PurePath(file).stem
    short = re.sub(r"[_\W]+", r"[\\s_-]*", stem)
    found = re.search(rf"\b(?:{re.escape(file)}|{short})\b", request, re.IGNORECASE)
    return found.start() if found is not None else None


def _said_of(request: str, place: int) -> str:
    """``signal`` or ``background`` where that word stands next to a place."""
    near = request[max(0, place - 25) : place]
    words = [(one.start(), "background") for one in _BACKGROUND.finditer(near)]
    words += [(one.start(), "signal") for one in re.finditer(r"\bsignal", near, re.IGNORECASE)]
    return max(words)[1] if words else ""


def _files(names: Sequence[str]) -> str:
    if not names:
        return '"..."'
    return f'"{names[0]}"' if len(names) == 1 else _listed(names)


def _listed(names: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


def _saving(output: Output, models: Sequence[str]) -> Iterator[str]:
    if output.kind == "json":
        inside = ", ".join(f'"{field.name}": {_value(field, models)}' for field in output.fields)
        whole = '"auc": learned.auc, "best": learned.best, "verdict": learned.verdict'
        yield f'save_json("{output.file}", {{{inside or whole}}})'
    elif _is_figure(output):
        yield f'shutil.copy("learned/roc.png", "{output.file}")'
    else:
        yield f"# write {output.file}"


def _is_figure(output: Output) -> bool:
    return output.kind == "png"


def _value(field: OutputField, models: Sequence[str]) -> str:
    name = field.name.lower()
    model = next((one for one in models if re.search(_MODELS[one], name.replace("_", " "))), None)
    if "auc" in name or "area" in name:
        if model is not None:
            return f'learned.auc["{model}"]'
        return f'learned.auc["{models[0]}"]' if len(models) == 1 else "learned.auc[learned.best]"
    if "best" in name or "winner" in name:
        return "learned.best"
    return "learned.verdict" if "verdict" in name or "sentence" in name else "..."
