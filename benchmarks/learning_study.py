"""Trains CoLLM's three kinds of classifier on its five analyses and on jets, with boosted trees beside them.

Run as ``python -m hepcoder.benchmarks.learning_study [ANALYSIS ...]``. From LHCO files of signal and backgrounds
(`learning_samples`) through a preselection, as an analysis would; all on the same events, figures on the test split.
"""

import argparse
import tempfile
from pathlib import Path

from hepcoder.benchmarks.learning_samples import ANALYSES, fields_of, inputs_for, make_samples, preselection
from hepcoder.tools.learning.data.samples import jet_tagging
from hepcoder.tools.learning.data.selecting import select_samples
from hepcoder.tools.learning.inputs import Inputs, Process
from hepcoder.tools.learning.runs.plans import LearningPlan
from hepcoder.tools.learning.runs.presets import MODEL_NAMES, model_plan
from hepcoder.tools.learning.runs.results import LearningResult
from hepcoder.tools.learning.runs.training import run_plan
from hepcoder.tools.learning.training.scan_plans import SourceSpec

JETS = "jets"
MODELS = ("mlp", "gnn", "transformer", "trees")


def main() -> None:
    """Print a row for each analysis: test events, and the AUC of each classifier."""
    options = parsed()
    print(f"{options.events:,} events of each process, at most {options.epochs} epochs, AUC on the test split")
    for name in options.analyses:
        with tempfile.TemporaryDirectory() as work:
            folder = options.folder / name if options.folder else Path(work) / "learned"
            processes, inputs = prepared(name, Path(work), options.events, options.seed)
            data = SourceSpec(processes=processes, inputs=inputs)
            models = {one: model_plan(one, epochs=options.epochs, seed=options.seed) for one in options.models}
            print(row(name, run_plan(LearningPlan(data=data, models=models), folder)), flush=True)


def parsed() -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    everything = [*ANALYSES, JETS]
    parser.add_argument("analyses", nargs="*", default=everything, metavar="ANALYSIS", help=", ".join(everything))
    parser.add_argument("--events", type=int, default=6000, help="of each process, before the preselection")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--models", nargs="+", default=MODELS, choices=MODEL_NAMES)
    parser.add_argument("--folder", type=Path, help="keep the classifiers here")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def prepared(name: str, folder: Path, n: int, seed: int) -> tuple[tuple[Process, ...], Inputs]:
    """The selected events of an analysis, and what is looked at.

    Args:
        name: Of the analysis, or ``jets``.
        folder: Where files are written.
        n: Events of each process.
        seed: Of the generator.
    """
    if name == JETS:
        sample = jet_tagging(folder, n, seed)
        return sample.processes, sample.inputs
    samples = make_samples(name, folder, n, seed)
    columns = {"met": "MET.pt"}
    selected = select_samples(
        preselection(name), samples, folder / "selected", columns=columns, objects=fields_of(name)
    )
    return tuple(one.process for one in selected), inputs_for(name)


def row(name: str, result: LearningResult) -> str:
    """A line of the table."""
    areas = {} if result.comparison is None else result.comparison.auc
    told = [f"{model} {areas[model].value:.3f} +- {areas[model].error or 0:.3f}" for model in result.results]
    n_test = 0 if result.data is None else result.data.count("test")
    return f"{name:6} {n_test:6,} test events  {'  '.join(told)}\n  {result.verdict}"


if __name__ == "__main__":
    main()
