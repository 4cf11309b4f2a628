"""The same rows from padded awkward arrays."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:  # noqa: ARG001  nothing is cut
    """Write ``signal_raw.npy`` and ``data_raw.npy``."""
    signal = [table(inputs / f"{name}.root", simulated=True) for name in ("mc_ggH", "mc_WH")]
    np.save(outputs / "signal_raw.npy", np.concatenate(signal))
    np.save(outputs / "data_raw.npy", table(inputs / "data_A.root", simulated=False))


def table(path: Path, *, simulated: bool) -> Any:
    """All rows of a file."""
    with uproot.open(path) as file:
        events = file["mini"].arrays()
    columns: list[Any] = []
    for kind, n in (("photon", 2), ("lep", 2), ("jet", 6)):
        order = ak.argsort(events[f"{kind}_pt"], ascending=False)
        fields = [padded(events[f"{kind}_{field}"][order], n) for field in ("pt", "eta", "phi")]
        columns += [fields[part][:, rank] / (1e3 if part == 0 else 1) for rank in range(n) for part in range(3)]
    columns += [events["met_et"] / 1e3, events["met_phi"]]
    factors = [events[f"scaleFactor_{name}"] for name in ("PILEUP", "PHOTON", "PhotonTRIGGER")]
    weight = events["mcWeight"] * factors[0] * factors[1] * factors[2]
    nothing = np.full(len(events), np.nan)
    columns += [weight, events["SumWeights"], events["XSection"]] if simulated else [nothing * 0 + 1, nothing, nothing]
    order = ak.argsort(events["photon_pt"], ascending=False)
    for field, unit in (("isTightID", 1.0), ("ptcone30", 1e3), ("etcone20", 1e3)):
        columns += list(padded(events[f"photon_{field}"][order], 2).T / unit)
    columns += [events["trigP"], events["eventNumber"]]
    rows = np.stack([np.asarray(column, dtype=np.float64) for column in columns], axis=1)
    if not simulated:
        rows[:, 32] = 1.0
    return rows


def padded(lists: Any, n: int) -> Any:
    """The first n of each list, NaN where there are fewer."""
    return ak.to_numpy(ak.fill_none(ak.pad_none(ak.values_astype(lists, np.float64), n, clip=True), np.nan))
