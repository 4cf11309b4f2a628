"""The toolbox: deterministic functions for collider analyses, for scripts and agents alike.

Names are imported when first used, so that ``import hepcoder.tools`` costs nothing:

    from hepcoder.tools import read_events, Cutflow, leading, invariant_mass, plot_histogram, save_json
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hepcoder.tools.angles import delta_phi, delta_r
    from hepcoder.tools.combinations import opposite_sign_pairs, pairs
    from hepcoder.tools.cutflow import Cutflow
    from hepcoder.tools.events import read_events
    from hepcoder.tools.histograms import histogram, save_histogram
    from hepcoder.tools.masses import invariant_mass, pair_mass, transverse_mass
    from hepcoder.tools.objects import count, ht, leading, sort_by_pt
    from hepcoder.tools.plotting import plot_cutflow, plot_histogram
    from hepcoder.tools.saving import save_csv, save_json, save_npz

_MODULE_OF = {
    "Cutflow": "cutflow",
    "count": "objects",
    "delta_phi": "angles",
    "delta_r": "angles",
    "histogram": "histograms",
    "ht": "objects",
    "invariant_mass": "masses",
    "leading": "objects",
    "opposite_sign_pairs": "combinations",
    "pair_mass": "masses",
    "pairs": "combinations",
    "plot_cutflow": "plotting",
    "plot_histogram": "plotting",
    "read_events": "events",
    "save_csv": "saving",
    "save_histogram": "histograms",
    "save_json": "saving",
    "save_npz": "saving",
    "sort_by_pt": "objects",
    "transverse_mass": "masses",
}

__all__ = [
    "Cutflow",
    "count",
    "delta_phi",
    "delta_r",
    "histogram",
    "ht",
    "invariant_mass",
    "leading",
    "opposite_sign_pairs",
    "pair_mass",
    "pairs",
    "plot_cutflow",
    "plot_histogram",
    "read_events",
    "save_csv",
    "save_histogram",
    "save_json",
    "save_npz",
    "sort_by_pt",
    "transverse_mass",
]


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        message = f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
