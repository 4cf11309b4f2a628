"""Table by number of jets."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import mean, objects, read_root, save_table


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``categories.csv``."""
    groups: dict[int, list[Mapping[str, Any]]] = {}
    for event in read_root(inputs / "mini.root", "mini", "jet_*", "met_et", "trig*"):
        number = sum(1 for jet in objects(event, "jet_", "pt", "eta", "jvt") if is_jet(jet, constants))
        groups.setdefault(min(number, 3), []).append(event)
    rows = []
    for number in range(4):
        events = groups[number]
        mets = [event["met_et"] / 1000 for event in events]
        fired = sum(1 for event in events if event["trigE"] or event["trigM"])
        rows.append([number, len(events), mean(mets), fired / len(events)])
    save_table(outputs / "categories.csv", ["n_jets", "n_events", "mean_met", "trigger_fraction"], rows)


def is_jet(jet: Mapping[str, Any], c: Mapping[str, Any]) -> bool:
    """Whether a jet is hard, central enough and, where it is soft and central, from the primary vertex."""
    pt = jet["pt"] / 1000
    if pt < c["jet_pt"] or abs(jet["eta"]) >= c["jet_eta"]:
        return False
    is_soft = pt < c["soft_pt"] and abs(jet["eta"]) < c["central_eta"]
    return bool(not is_soft or jet["jvt"] > c["jvt_min"])
