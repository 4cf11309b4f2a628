"""The analysis of `toolbox_speed` as loops over events, each a list of dicts, with nothing but ``math``.

Written after the style of CoLLM's prompt library (arXiv 2602.06496): objects are extracted from the event for each cut
and for each histogram, and a quantity is computed where it is needed.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

Object = dict[str, float]
Event = dict[str, Any]
HISTOGRAMS: dict[str, tuple[float, float]] = {
    "mt": (40.0, 120.0), "m_jj": (60.0, 100.0), "met": (30.0, 200.0), "pt_l": (20.0, 150.0), "pt_j1": (30.0, 200.0),
    "pt_j2": (30.0, 120.0), "dr_jj": (0.0, 3.0), "dphi_l_met": (0.0, 3.2), "eta_l": (-2.5, 2.5), "dphi_ww": (0.0, 3.2),
}  # fmt: skip


def read_lhco(path: Path) -> list[Event]:
    """All events of a file."""
    events: list[Event] = []
    with path.open() as file:
        for line in file:
            stripped = line.strip()
            if not stripped or stripped.startswith("#"):
                continue
            parts = stripped.split()
            if parts[0] == "0":
                events.append({"id": int(parts[1]), "objects": []})
            elif events:
                tracks = float(parts[6])
                events[-1]["objects"].append(
                    {
                        "type": int(parts[1]),
                        "eta": float(parts[2]),
                        "phi": float(parts[3]),
                        "pt": float(parts[4]),
                        "jmass": float(parts[5]),
                        "ntrk": tracks,
                        "btag": float(parts[7]),
                        "had_em": float(parts[8]),
                        "charge": 1 if tracks > 0 else (-1 if tracks < 0 else 0),
                    }
                )
    return events


def leptons(event: Event) -> list[Object]:
    """Selected electrons and muons."""
    electrons = [o for o in event["objects"] if o["type"] == 1 and o["pt"] > 25 and abs(o["eta"]) < 2.5]
    muons = [o for o in event["objects"] if o["type"] == 2 and o["pt"] > 20 and abs(o["eta"]) < 2.4]
    return by_pt(electrons + muons)


def jets(event: Event) -> list[Object]:
    """Selected jets, the highest pt first."""
    return by_pt([o for o in event["objects"] if o["type"] == 4 and o["pt"] > 30 and abs(o["eta"]) < 2.5])


def by_pt(objects: Sequence[Object]) -> list[Object]:
    """The highest pt first."""
    return sorted(objects, key=lambda o: o["pt"], reverse=True)


def missing(event: Event) -> Object:
    """Missing momentum."""
    return next(o for o in event["objects"] if o["type"] == 6)


def four_momentum(o: Object) -> tuple[float, float, float, float]:
    """E, px, py, pz; only jets have a mass."""
    mass = o["jmass"] if o["type"] == 4 else 0.0
    px, py, pz = o["pt"] * math.cos(o["phi"]), o["pt"] * math.sin(o["phi"]), o["pt"] * math.sinh(o["eta"])
    return math.sqrt(px**2 + py**2 + pz**2 + mass**2), px, py, pz


def summed(objects: Sequence[Object]) -> tuple[float, float, float, float]:
    """Sum of the four-momenta."""
    e = x = y = z = 0.0
    for o in objects:
        energy, px, py, pz = four_momentum(o)
        e, x, y, z = e + energy, x + px, y + py, z + pz
    return e, x, y, z


def mass_of(objects: Sequence[Object]) -> float:
    """Invariant mass."""
    e, x, y, z = summed(objects)
    return math.sqrt(max(e**2 - x**2 - y**2 - z**2, 0.0))


def delta_phi(one: float, other: float) -> float:
    """Difference of azimuth in -pi ... pi."""
    angle = one - other
    while angle > math.pi:
        angle -= 2 * math.pi
    while angle < -math.pi:
        angle += 2 * math.pi
    return angle


def delta_r(one: Object, other: Object) -> float:
    """Distance of two objects."""
    return math.sqrt((one["eta"] - other["eta"]) ** 2 + delta_phi(one["phi"], other["phi"]) ** 2)


def transverse_mass(event: Event) -> float:
    """Of the leading lepton and missing momentum."""
    lepton, met = leptons(event)[0], missing(event)
    return math.sqrt(2 * lepton["pt"] * met["pt"] * (1 - math.cos(delta_phi(lepton["phi"], met["phi"]))))


def angle_of_bosons(event: Event) -> float:
    """Azimuth between both W candidates."""
    _, x, y, _ = summed(jets(event)[:2])
    _, lx, ly, _ = summed(leptons(event)[:1])
    met = missing(event)
    lx, ly = lx + met["pt"] * math.cos(met["phi"]), ly + met["pt"] * math.sin(met["phi"])
    return abs(delta_phi(math.atan2(y, x), math.atan2(ly, lx)))


CUTS: dict[str, Callable[[Event], bool]] = {
    "one lepton": lambda event: len(leptons(event)) == 1,
    "two jets": lambda event: len(jets(event)) >= 2,
    "MET": lambda event: missing(event)["pt"] > 30,
    "no b-jet": lambda event: not any(jet["btag"] > 0 for jet in jets(event)),
    "mT": lambda event: 40 < transverse_mass(event) < 120,
    "m_jj": lambda event: 60 < mass_of(jets(event)[:2]) < 100,
    "dR_jj": lambda event: delta_r(*jets(event)[:2]) < 3.0,
}
QUANTITIES: dict[str, Callable[[Event], float]] = {
    "mt": transverse_mass,
    "m_jj": lambda event: mass_of(jets(event)[:2]),
    "met": lambda event: missing(event)["pt"],
    "pt_l": lambda event: leptons(event)[0]["pt"],
    "pt_j1": lambda event: jets(event)[0]["pt"],
    "pt_j2": lambda event: jets(event)[1]["pt"],
    "dr_jj": lambda event: delta_r(*jets(event)[:2]),
    "dphi_l_met": lambda event: abs(delta_phi(leptons(event)[0]["phi"], missing(event)["phi"])),
    "eta_l": lambda event: leptons(event)[0]["eta"],
    "dphi_ww": angle_of_bosons,
}


def plain_analysis(events: Sequence[Event]) -> tuple[dict[str, int], dict[str, Any]]:
    """Events after each cut, and ten histograms."""
    cutflow = {"all events": len(events)}
    for name, passes in CUTS.items():
        events = [event for event in events if passes(event)]
        cutflow[name] = len(events)
    values = {name: [quantity(event) for event in events] for name, quantity in QUANTITIES.items()}
    return cutflow, {name: np.histogram(values[name], 40, limits)[0] for name, limits in HISTOGRAMS.items()}
