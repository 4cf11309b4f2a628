"""The toolbox: deterministic functions for collider analyses, for scripts and agents alike.

Names are imported when first used, so that ``import hepcoder.tools`` costs nothing:

    from hepcoder.tools import read_events, Cutflow, leading, invariant_mass, plot_histogram, save_json
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hepcoder.tools.angles import delta_phi, delta_r
    from hepcoder.tools.angular import (
        add_momenta,
        centrality,
        collins_soper_cos_theta,
        delta_eta,
        rapidity,
        zeppenfeld_centrality,
    )
    from hepcoder.tools.candidates import hadronic_top, hadronic_w
    from hepcoder.tools.categories import greedy_categories
    from hepcoder.tools.cleaning import b_tagged, clean, outside_crack
    from hepcoder.tools.combinations import opposite_sign_pairs, pairs
    from hepcoder.tools.cutflow import Cutflow
    from hepcoder.tools.cutflow_tables import cutflow_table
    from hepcoder.tools.efficiencies import efficiency, weighted_efficiency
    from hepcoder.tools.event_chunks import iterate_events
    from hepcoder.tools.events import read_events
    from hepcoder.tools.fit_plot import plot_peak_fit
    from hepcoder.tools.histograms import histogram, save_histogram
    from hepcoder.tools.learning.data.selecting import select_samples
    from hepcoder.tools.learning.data.writing import save_selected
    from hepcoder.tools.learning.runs.applying import apply_classifier
    from hepcoder.tools.learning.runs.training import train_classifiers
    from hepcoder.tools.leptons import flavour_of, merge_leptons
    from hepcoder.tools.luminosity import luminosity_weight
    from hepcoder.tools.masses import invariant_mass, pair_mass, transverse_mass
    from hepcoder.tools.nearest_objects import nearest, nearest_delta_r
    from hepcoder.tools.objects import count, ht, leading, sort_by_pt
    from hepcoder.tools.pairing import disjoint_pairs, nearest_to_mass, ossf_pairs, same_sign_pairs
    from hepcoder.tools.parquet_saving import save_parquet
    from hepcoder.tools.peak_fit import fit_peak
    from hepcoder.tools.plotting import plot_cutflow, plot_histogram
    from hepcoder.tools.sample_plots import plot_shapes, plot_stack
    from hepcoder.tools.saving import save_csv, save_json, save_npz
    from hepcoder.tools.significance import asimov_significance, combined_significance

_MODULE_OF = {
    "Cutflow": "cutflow",
    "add_momenta": "angular",
    "apply_classifier": "learning.runs.applying",
    "asimov_significance": "significance",
    "b_tagged": "cleaning",
    "centrality": "angular",
    "clean": "cleaning",
    "collins_soper_cos_theta": "angular",
    "combined_significance": "significance",
    "count": "objects",
    "cutflow_table": "cutflow_tables",
    "delta_eta": "angular",
    "delta_phi": "angles",
    "delta_r": "angles",
    "disjoint_pairs": "pairing",
    "efficiency": "efficiencies",
    "fit_peak": "peak_fit",
    "flavour_of": "leptons",
    "greedy_categories": "categories",
    "hadronic_top": "candidates",
    "hadronic_w": "candidates",
    "histogram": "histograms",
    "ht": "objects",
    "invariant_mass": "masses",
    "iterate_events": "event_chunks",
    "leading": "objects",
    "luminosity_weight": "luminosity",
    "merge_leptons": "leptons",
    "nearest": "nearest_objects",
    "nearest_delta_r": "nearest_objects",
    "nearest_to_mass": "pairing",
    "opposite_sign_pairs": "combinations",
    "ossf_pairs": "pairing",
    "outside_crack": "cleaning",
    "pair_mass": "masses",
    "pairs": "combinations",
    "plot_cutflow": "plotting",
    "plot_histogram": "plotting",
    "plot_peak_fit": "fit_plot",
    "plot_shapes": "sample_plots",
    "plot_stack": "sample_plots",
    "rapidity": "angular",
    "read_events": "events",
    "same_sign_pairs": "pairing",
    "save_csv": "saving",
    "save_histogram": "histograms",
    "save_json": "saving",
    "save_npz": "saving",
    "save_parquet": "parquet_saving",
    "save_selected": "learning.data.writing",
    "select_samples": "learning.data.selecting",
    "sort_by_pt": "objects",
    "train_classifiers": "learning.runs.training",
    "transverse_mass": "masses",
    "weighted_efficiency": "efficiencies",
    "zeppenfeld_centrality": "angular",
}

__all__ = [
    "Cutflow",
    "add_momenta",
    "apply_classifier",
    "asimov_significance",
    "b_tagged",
    "centrality",
    "clean",
    "collins_soper_cos_theta",
    "combined_significance",
    "count",
    "cutflow_table",
    "delta_eta",
    "delta_phi",
    "delta_r",
    "disjoint_pairs",
    "efficiency",
    "fit_peak",
    "flavour_of",
    "greedy_categories",
    "hadronic_top",
    "hadronic_w",
    "histogram",
    "ht",
    "invariant_mass",
    "iterate_events",
    "leading",
    "luminosity_weight",
    "merge_leptons",
    "nearest",
    "nearest_delta_r",
    "nearest_to_mass",
    "opposite_sign_pairs",
    "ossf_pairs",
    "outside_crack",
    "pair_mass",
    "pairs",
    "plot_cutflow",
    "plot_histogram",
    "plot_peak_fit",
    "plot_shapes",
    "plot_stack",
    "rapidity",
    "read_events",
    "same_sign_pairs",
    "save_csv",
    "save_histogram",
    "save_json",
    "save_npz",
    "save_parquet",
    "save_selected",
    "select_samples",
    "sort_by_pt",
    "train_classifiers",
    "transverse_mass",
    "weighted_efficiency",
    "zeppenfeld_centrality",
]


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        message = f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
