"""Measures the toolbox beside plain loops over events: a selection with cutflow and ten histograms, and reading LHCO.

Run as ``python -m hepcoder.benchmarks.toolbox_speed``. The loops are written as CoLLM's prompt library has it
(arXiv 2602.06496): a list of events, each a list of dicts, objects extracted anew for each cut and each histogram.
Both must give the same numbers. Times are those of one core of this process, so that other work on the machine does
not count; the wall time stands beside them. Drawing is in neither: it is the same for both.
"""

import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

from hepcoder.benchmarks.lhco_sample import write_events
from hepcoder.benchmarks.plain_loops import HISTOGRAMS, plain_analysis, read_lhco
from hepcoder.tools import (
    Cutflow,
    count,
    delta_phi,
    delta_r,
    histogram,
    invariant_mass,
    leading,
    read_events,
    transverse_mass,
)
from hepcoder.tools.angular import add_momenta
from hepcoder.tools.cleaning import b_tagged
from hepcoder.tools.event_chunks import iterate_events
from hepcoder.tools.leptons import merge_leptons

N_EVENTS = 100_000
REPEATS = 3
BOUND_RATE = 1e6
BOUND_RATIO = 30.0
BOUND_GROWTH_MB = 50.0
COLLECTIONS = ("Electron", "Muon", "Jet", "MET")


def main() -> None:
    """Print each figure beside its bound."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "events.lhco"
        n_objects = write_events(path, N_EVENTS, seed=1)
        read_events(path, entry_stop=1000)
        size = path.stat().st_size / 1e6
        print(f"{N_EVENTS:,} LHCO events, {n_objects:,} objects, {size:.0f} MB; seconds of one core (wall)")
        reading = timed(lambda: read_events(path))
        rate = n_objects / reading[0]
        print(f"  read_events {shown(reading)} {rate / 1e6:6.2f} M objects/s  {verdict(rate >= BOUND_RATE)}")
        compare(path, reading)
        memory(path)


def compare(path: Path, reading: tuple[float, float]) -> None:
    """Print the times of the toolbox beside those of the loops; both must give the same numbers."""
    events = read_events(path, COLLECTIONS)
    selecting = timed(lambda: toolbox_analysis(events))
    both = timed(lambda: toolbox_analysis(read_events(path, COLLECTIONS)))
    loop_reading = timed(lambda: read_lhco(path), 1)
    listed = read_lhco(path)
    loop_selecting = timed(lambda: plain_analysis(listed), 1)
    agree(toolbox_analysis(events), plain_analysis(listed))
    loop_both = (loop_reading[0] + loop_selecting[0], loop_reading[1] + loop_selecting[1])
    for what, ours, loops in (
        ("reading", reading, loop_reading),
        ("cuts and 10 histograms", selecting, loop_selecting),
        ("both", both, loop_both),
    ):
        ratio = loops[0] / ours[0]
        print(f"  {what:<23}{shown(ours)} against {shown(loops)} {ratio:6.1f} times  {verdict(ratio >= BOUND_RATIO)}")


def verdict(reached: bool) -> str:
    """How a figure stands to its bound."""
    return "ok" if reached else "MISSED"


def shown(seconds: tuple[float, float]) -> str:
    """Seconds of one core, and wall seconds."""
    return f"{seconds[0]:7.3f} ({seconds[1]:6.3f})"


def timed(work: Callable[[], Any], repeats: int = REPEATS) -> tuple[float, float]:
    """Best seconds of one core and best wall seconds."""
    found = []
    for _ in range(repeats):
        wall, core = time.perf_counter(), time.process_time()
        work()
        found.append((time.process_time() - core, time.perf_counter() - wall))
    return min(core for core, _ in found), min(wall for _, wall in found)


def toolbox_analysis(events: ak.Array) -> tuple[dict[str, int], dict[str, Any]]:
    """W pairs to a lepton, a neutrino and two jets: events after each cut, and ten histograms."""
    electrons = events.Electron[(events.Electron.pt > 25) & (abs(events.Electron.eta) < 2.5)]
    muons = events.Muon[(events.Muon.pt > 20) & (abs(events.Muon.eta) < 2.4)]
    jets = events.Jet[(events.Jet.pt > 30) & (abs(events.Jet.eta) < 2.5)]
    one_lepton, two_jets = count(electrons) + count(muons) == 1, count(jets) >= 2
    cutflow = Cutflow()
    cutflow.add("all events", len(events))
    cutflow.add("one lepton", one_lepton)
    cutflow.add("two jets", one_lepton & two_jets)
    # from here on every event has all it needs, so that nothing is missing in any array
    kept = one_lepton & two_jets
    lepton = ak.drop_none(leading(merge_leptons(electrons[kept], muons[kept])))
    first, second = (ak.drop_none(leading(jets[kept], n)) for n in (1, 2))
    met, tags = events.MET[kept], b_tagged(jets[kept])
    mt, mass, space = transverse_mass(lepton, met), invariant_mass(first, second), delta_r(first, second)
    passed = np.ones(len(met), dtype=bool)
    for name, cut in {
        "MET": met.pt > 30,
        "no b-jet": ~ak.any(tags, axis=1),
        "mT": (mt > 40) & (mt < 120),
        "m_jj": (mass > 60) & (mass < 100),
        "dR_jj": space < 3.0,
    }.items():
        passed &= ak.to_numpy(cut)
        cutflow.add(name, int(passed.sum()))
    one, j1, j2, missing = (each[passed] for each in (lepton, first, second, met))
    values = {
        "mt": mt[passed],
        "m_jj": mass[passed],
        "met": missing.pt,
        "pt_l": one.pt,
        "pt_j1": j1.pt,
        "pt_j2": j2.pt,
        "dr_jj": space[passed],
        "dphi_l_met": abs(delta_phi(one, missing)),
        "eta_l": one.eta,
        "dphi_ww": abs(delta_phi(add_momenta(j1, j2).phi, _w_phi(one, missing))),
    }
    return cutflow.counts, {name: histogram(values[name], 40, HISTOGRAMS[name])[0] for name in HISTOGRAMS}


def _w_phi(lepton: ak.Array, met: ak.Array) -> Any:
    x = lepton.pt * np.cos(lepton.phi) + met.pt * np.cos(met.phi)
    return np.arctan2(lepton.pt * np.sin(lepton.phi) + met.pt * np.sin(met.phi), x)


def agree(ours: tuple[dict[str, int], dict[str, Any]], theirs: tuple[dict[str, int], dict[str, Any]]) -> None:
    """Both have the same events after each cut and in each bin.

    Raises:
        ValueError: They have not.
    """
    if ours[0] != theirs[0]:
        message = f"the cutflows differ: {ours[0]} and {theirs[0]}"
        raise ValueError(message)
    for name, counts in ours[1].items():
        if not np.array_equal(counts, theirs[1][name]):
            message = f"the histograms {name!r} differ: {counts.tolist()} and {theirs[1][name].tolist()}"
            raise ValueError(message)
    print(f"  same cutflow and histograms: {ours[0]}")


def memory(path: Path) -> None:
    """Print how much more memory the slices of a file of ten times the size need."""
    large = path.with_name("large.lhco")
    with large.open("wb") as file:
        for _ in range(10):
            file.write(path.read_bytes())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    n = sum(len(events) for events in iterate_events(large, COLLECTIONS, step_size=20_000))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before
    size = large.stat().st_size / 1e6
    grade = verdict(grown < BOUND_GROWTH_MB)
    print(f"  iterate_events, {n:,} events, {size:.0f} MB: {grown:.0f} MB above the peak so far  {grade}")


if __name__ == "__main__":
    main()
