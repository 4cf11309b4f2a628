"""The functions that a lowered selection may call, by the module of the toolbox that has them."""

from importlib import import_module
from typing import Any

TOOLBOX = {
    "Cutflow": "cutflow",
    "add_momenta": "angular",
    "centrality": "angular",
    "clean": "cleaning",
    "collins_soper_cos_theta": "angular",
    "count": "objects",
    "delta_phi": "angles",
    "delta_r": "angles",
    "flavour_of": "leptons",
    "gathered": "selection.combining",
    "histogram": "histograms",
    "ht": "objects",
    "invariant_mass": "masses",
    "leading": "objects",
    "merge_leptons": "leptons",
    "nearest": "nearest_objects",
    "nearest_to_mass": "pairing",
    "opposite_sign_pairs": "combinations",
    "ossf_pairs": "pairing",
    "pairs": "combinations",
    "plot_histogram": "plotting",
    "plot_shapes": "sample_plots",
    "read_events": "events",
    "same_sign_pairs": "pairing",
    "save_csv": "saving",
    "save_histogram": "histograms",
    "save_json": "saving",
    "save_npz": "saving",
    "save_parquet": "parquet_saving",
    "sort_by_pt": "objects",
    "transverse_mass": "masses",
    "transverse_sum": "selection.combining",
    "two_pairs": "selection.combining",
}
LIBRARY = {
    "ak": ("any", "all", "min", "max", "sum", "mean", "fill_none", "with_field", "combinations", "cartesian", "unzip"),
    "np": ("sqrt", "exp", "log", "cos", "sin", "cosh", "sinh", "tanh", "ones"),
}
"""Functions of awkward (``ak``) and numpy (``np``)."""

_MODULES = {"ak": "awkward", "np": "numpy"}


def tool(name: str) -> Any:
    """A function of the toolbox.

    Raises:
        KeyError: It is none of `TOOLBOX`.
    """
    return getattr(import_module(f"hepcoder.tools.{TOOLBOX[name]}"), name)


def library_function(library: str, name: str) -> Any:
    """A function of awkward or numpy.

    Raises:
        KeyError: It is none of `LIBRARY`.
    """
    if name not in LIBRARY[library]:
        raise KeyError(name)
    return getattr(import_module(_MODULES[library]), name)
