"""The benchmark's selection tasks written as typed selections, each for the constants of a trial."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hepcoder.tools.selection.selection import Selection

Constants = Mapping[str, Any]


def cut(field: str, op: str, value: float, unit: str | None = None) -> dict[str, Any]:
    return {"kind": "cut", "field": field, "op": op, "value": value, "unit": unit}


def objects(name: str, of: str, *cuts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"kind": "objects", "name": name, "of": of, "cuts": list(cuts), **more}


def leading(name: str, of: str, rank: int = 1) -> dict[str, Any]:
    return {"kind": "leading", "name": name, "of": of, "rank": rank}


def quantity(name: str, kind: str, **value: Any) -> dict[str, Any]:
    return {"name": name, "value": {"kind": kind, **value}}


def field(name: str, of: str, one: str) -> dict[str, Any]:
    return quantity(name, "field", of=of, field=one)


def system(name: str, one: str, *of: str) -> dict[str, Any]:
    return quantity(name, "system", field=one, of=of)


def angle(name: str, what: str, first: str, second: str) -> dict[str, Any]:
    return quantity(name, "angle", what=what, of=[first, second])


def count(name: str, of: str, op: str, value: int) -> dict[str, Any]:
    return {"name": name, "when": {"kind": "count", "of": [of], "op": op, "value": value}}


def compare(name: str, left: Any, op: str, right: Any, unit: str | None = None) -> dict[str, Any]:
    return {"name": name, "when": {"kind": "compare", "left": left, "op": op, "right": right, "unit": unit}}


def window(name: str, of: Any, low: float, high: float, unit: str | None = None) -> dict[str, Any]:
    return {"name": name, "when": {"kind": "window", "of": of, "low": low, "high": high, "unit": unit}}


def charge(name: str, first: str, second: str) -> dict[str, Any]:
    return {"name": name, "when": {"kind": "charge", "of": [first, second], "sign": "opposite"}}


def histograms(bins: int, limits: Mapping[str, tuple[float, float]]) -> list[dict[str, Any]]:
    return [{"name": name, "bins": bins, "low": low, "high": high} for name, (low, high) in limits.items()]


def as_edges(bins: int, low: float, high: float) -> dict[str, Any]:
    """Edges as the references compute them; numpy's differ in the last digit, and rounded values lie on them."""
    return {"edges": [low + (high - low) * number / bins for number in range(bins + 1)]}


def source(*files: str) -> list[dict[str, Any]]:
    return [{"name": file.split(".")[0], "files": [file]} for file in files]


def table(file: str, names: Sequence[str], **more: Any) -> dict[str, Any]:
    return {"kind": "table", "file": file, "columns": {name: name for name in names}, **more}


def hgg(c: Constants) -> Selection:
    limits = {
        "m": (110, 150), "pt1": (40, 90), "pt2": (30, 80), "pt_gg": (0, 100), "eta1": (-1.5, 1.5),
        "eta2": (-0.75, 0.75), "dr": (1.5, 4), "dphi": (0, 3.2), "cos_theta": (0, 1),
    }  # fmt: skip
    columns = ["event", "m", "pt1", "pt2", "pt_gg", "dr", "cos_theta"]
    crack = {"kind": "window", "field": "|eta|", "low": c["crack_low"], "high": c["crack_high"]}
    samples = ("signal", "background")
    return Selection.model_validate({
        "title": "A resonance of two photons",
        "sources": source("signal.lhco", "background.lhco"),
        "objects": [
            objects(
                "photons", "Photon", cut("pt", ">", c["pt_min"], "GeV"), cut("|eta|", "<", c["eta_max"]),
                {**crack, "low_op": "<=", "outside": True}, mass_gev=0,
            )
        ],
        "candidates": [leading("photon1", "photons"), leading("photon2", "photons", 2)],
        "quantities": [
            system("m", "mass", "photon1", "photon2"),
            field("pt1", "photon1", "pt"), field("pt2", "photon2", "pt"),
            field("eta1", "photon1", "eta"), field("eta2", "photon2", "eta"),
            system("pt_gg", "pt", "photon1", "photon2"),
            angle("dr", "delta_r", "photon1", "photon2"), angle("dphi", "delta_phi", "photon1", "photon2"),
            quantity("cos_theta", "cos_theta_star", of=["photon1", "photon2"]),
            quantity("ratio1", "arithmetic", op="/", left="pt1", right="m"),
            quantity("ratio2", "arithmetic", op="/", left="pt2", right="m"),
        ],
        "cuts": [
            count("two_photons", "photons", ">=", 2),
            compare("leading_pt", "pt1", ">", c["pt1_min"], "GeV"),
            {"name": "relative_pt", "when": {"kind": "and", "of": [
                compare("", "ratio1", ">", c["ratio1"])["when"], compare("", "ratio2", ">", c["ratio2"])["when"],
            ]}},
            window("mass", "m", c["m_low"], c["m_high"], "GeV"),
        ],
        "histograms": [
            {"name": name, **as_edges(c["n_bins"], *limit)} if name in {"eta1", "eta2"} else
            {"name": name, "bins": c["n_bins"], "low": limit[0], "high": limit[1]} for name, limit in limits.items()
        ],
        "outputs": [
            {"kind": "cutflow", "file": "cutflow.csv", "columns": {name: name for name in samples}},
            *({"kind": "histograms", "file": f"{name}.npz", "of": list(limits), "prefixed": True, "sample": name}
              for name in samples),
            *(table(f"{name}.csv", columns, sample=name) for name in samples),
            {"kind": "plot", "file": "mass.png", "histogram": "m", "xlabel": "diphoton mass [GeV]"},
        ],
    })  # fmt: skip


def _leptons(c: Constants, **more: Any) -> list[dict[str, Any]]:
    return [
        objects(name, of, cut("pt", ">", c[f"{kind}_pt"]), cut("|eta|", "<", c[f"{kind}_eta"]), **more)
        for name, of, kind in (("electrons", "Electron", "electron"), ("muons", "Muon", "muon"))
    ] + [
        {"kind": "leptons", "name": "leptons", "electrons": "electrons", "muons": "muons"},
    ]


def ttbar(c: Constants) -> Selection:
    limits = {
        "mt": (50, 90), "met": (30, 150), "pt_b1": (60, 140), "pt_b2": (20, 80), "m_w": (60, 100),
        "m_top": (120, 220), "dr_lb": (0.5, 3.5), "ht": (200, 600), "eta_b1": (-1.25, 1.25),
    }  # fmt: skip
    return Selection.model_validate({
        "title": "Semileptonic top pairs",
        "sources": source("events.lhco"),
        "objects": [
            *_leptons(c),
            objects("jets", "Jet", cut("pt", ">=", c["jet_pt"]), cut("|eta|", "<", c["jet_eta"])),
            objects("bjets", "jets", cut("btag", ">", 0)),
            objects("light", "jets", cut("btag", "<=", 0)),
        ],
        "candidates": [
            leading("lepton", "leptons"), leading("b1", "bjets"), leading("b2", "bjets", 2),
            leading("j1", "light"), leading("j2", "light", 2),
            {"kind": "nearest", "name": "near_b", "of": "bjets", "to": "lepton"},
        ],
        "quantities": [
            quantity("mt", "transverse_mass", of=["lepton", "MET"]),
            field("met", "MET", "pt"), field("pt_b1", "b1", "pt"), field("pt_b2", "b2", "pt"),
            field("eta_b1", "b1", "eta"),
            system("m_w", "mass", "j1", "j2"), system("m_top", "mass", "j1", "j2", "b1"),
            angle("dr_lb", "delta_r", "lepton", "near_b"),
            quantity("ht", "scalar_sum", of=["jets"]), quantity("n_jets", "count", of=["jets"]),
        ],
        "cuts": [
            count("one_lepton", "leptons", "==", 1), count("four_jets", "jets", ">=", 4),
            count("two_b", "bjets", ">=", 2), compare("met", "met", ">", c["met_min"], "GeV"),
            window("mt", "mt", c["mt_low"], c["mt_high"], "GeV"),
        ],
        "histograms": [
            *histograms(c["n_bins"], limits), {"name": "n_jets", "bins": 6, "low": 3.5, "high": 9.5},
        ],
        "outputs": [
            {"kind": "cutflow", "file": "cutflow.csv"},
            {"kind": "histograms", "file": "histograms.npz", "of": [*limits, "n_jets"], "prefixed": True},
            table("candidates.csv", ["event", "m_w", "m_top"], complete=True),
        ],
    })  # fmt: skip


def vbf(c: Constants) -> Selection:
    limits = {
        "m_tt": (45, 125), "m_jj": (300, 1500), "deta_jj": (2, 7), "pt_tau1": (20, 100), "pt_tau2": (20, 80),
        "pt_j1": (40, 140), "pt_j2": (20, 100), "dr_tt": (0.5, 3.5), "met": (0, 100), "dphi_tt_jj": (0, 3.2),
        "centrality": (0, 1),
    }  # fmt: skip
    samples = ("signal", "background")
    return Selection.model_validate({
        "title": "A resonance of two taus by vector-boson fusion",
        "sources": source("signal.lhco", "background.lhco"),
        "objects": [
            objects("taus", "Tau", cut("pt", ">", c["tau_pt"]), cut("|eta|", "<", c["tau_eta"])),
            objects("jets", "Jet", cut("pt", ">=", c["jet_pt"]), cut("|eta|", "<", c["jet_eta"])),
            objects("bjets", "jets", cut("btag", ">", 0)),
        ],
        "candidates": [
            leading("tau1", "taus"), leading("tau2", "taus", 2), leading("j1", "jets"), leading("j2", "jets", 2),
            {"kind": "sum", "name": "tt", "of": ["tau1", "tau2"]}, {"kind": "sum", "name": "jj", "of": ["j1", "j2"]},
        ],
        "quantities": [
            field("m_tt", "tt", "mass"), field("m_jj", "jj", "mass"), angle("deta_jj", "delta_eta", "j1", "j2"),
            field("pt_tau1", "tau1", "pt"), field("pt_tau2", "tau2", "pt"),
            field("pt_j1", "j1", "pt"), field("pt_j2", "j2", "pt"),
            angle("dr_tt", "delta_r", "tau1", "tau2"), field("met", "MET", "pt"),
            angle("dphi_tt_jj", "delta_phi", "tt", "jj"),
            quantity("centrality", "centrality", of="tt", between=["j1", "j2"]),
        ],
        "cuts": [
            count("two_taus", "taus", ">=", 2), count("two_jets", "jets", ">=", 2),
            charge("opposite_sign", "tau1", "tau2"), count("b_veto", "bjets", "==", 0),
            compare("m_jj", "m_jj", ">", c["m_jj_min"], "GeV"), compare("deta_jj", "deta_jj", ">", c["deta_min"]),
            window("m_tt", "m_tt", c["m_tt_low"], c["m_tt_high"], "GeV"),
        ],
        "histograms": histograms(c["n_bins"], limits),
        "outputs": [
            {"kind": "cutflow", "file": "cutflow.csv", "columns": {name: name for name in samples}},
            *({"kind": "histograms", "file": f"{name}.npz", "of": list(limits), "prefixed": True, "sample": name}
              for name in samples),
            *(table(f"{name}.csv", ["event", "m_tt", "m_jj", "centrality"], sample=name) for name in samples),
        ],
    })  # fmt: skip


def ww(c: Constants) -> Selection:
    limits = {
        "mt": (50, 110), "m_jj": (60, 100), "met": (20, 180), "pt_l": (30, 190), "pt_j1": (40, 200),
        "pt_j2": (30, 110), "dr_jj": (0.5, 3.5), "dphi_l_met": (0, 3.2), "eta_l": (-1.25, 1.25), "dphi_ww": (0, 3.2),
    }  # fmt: skip
    return Selection.model_validate({
        "title": "WW to a lepton, a neutrino and two jets",
        "sources": source("events.lhco"),
        "objects": [
            *_leptons(c),
            objects("jets", "Jet", cut("pt", ">", c["jet_pt"]), cut("|eta|", "<", c["jet_eta"])),
            objects("bjets", "jets", {"kind": "flag", "field": "btag"}),
        ],
        "candidates": [
            leading("lepton", "leptons"), leading("j1", "jets"), leading("j2", "jets", 2),
            {"kind": "sum", "name": "w_lep", "of": ["lepton", "MET"]},
            {"kind": "sum", "name": "w_had", "of": ["j1", "j2"]},
        ],
        "quantities": [
            quantity("mt", "transverse_mass", of=["lepton", "MET"]), system("m_jj", "mass", "j1", "j2"),
            field("met", "MET", "pt"), field("pt_l", "lepton", "pt"), field("eta_l", "lepton", "eta"),
            field("pt_j1", "j1", "pt"), field("pt_j2", "j2", "pt"), angle("dr_jj", "delta_r", "j1", "j2"),
            angle("dphi_l_met", "delta_phi", "lepton", "MET"), angle("dphi_ww", "delta_phi", "w_lep", "w_had"),
        ],
        "cuts": [
            count("one_lepton", "leptons", "==", 1), count("two_jets", "jets", ">=", 2),
            compare("met", "met", ">", c["met_min"]), count("b_veto", "bjets", "==", 0),
            window("mt", "mt", c["mt_low"], c["mt_high"]), window("m_jj", "m_jj", c["m_jj_low"], c["m_jj_high"]),
            compare("dr_jj", "dr_jj", "<", c["dr_jj_max"]),
        ],
        "histograms": histograms(c["n_bins"], limits),
        "outputs": [
            {"kind": "cutflow", "file": "cutflow.json"},
            {"kind": "histograms", "file": "histograms.npz", "of": list(limits), "prefixed": True},
            table("features.csv", ["event", "mt", "m_jj", "met", "pt_l", "dr_jj", "dphi_ww"]),
        ],
    })  # fmt: skip


def wz(c: Constants) -> Selection:
    limits = {
        "m_z": (75, 105), "mt_w": (30, 110), "met": (20, 120), "pt_3l": (0, 100), "pt_z": (10, 130),
        "pt_lw": (20, 100), "dphi_z_met": (0, 3.2), "m_3l": (110, 350), "dr_z": (0.5, 3.5), "eta_lw": (-1.25, 1.25),
    }  # fmt: skip
    return Selection.model_validate({
        "title": "WZ to three leptons",
        "sources": source("events.lhco"),
        "objects": [*_leptons(c, mass_gev=0), {"kind": "remaining", "name": "others", "without": "z"}],
        "candidates": [
            {"kind": "combination", "name": "z", "of": ["leptons"], "charge": "opposite", "flavour": "same",
             "choose": "nearest", "target": c["z_mass"], "unit": "GeV"},
            {"kind": "member", "name": "z1", "of": "z", "number": 1},
            {"kind": "member", "name": "z2", "of": "z", "number": 2},
            leading("lw", "others"),
        ],
        "quantities": [
            field("m_z", "z", "mass"), quantity("mt_w", "transverse_mass", of=["lw", "MET"]),
            field("met", "MET", "pt"), system("pt_3l", "pt", "z", "lw"), field("pt_z", "z", "pt"),
            field("pt_lw", "lw", "pt"), angle("dphi_z_met", "delta_phi", "z", "MET"),
            system("m_3l", "mass", "z", "lw"), angle("dr_z", "delta_r", "z1", "z2"), field("eta_lw", "lw", "eta"),
        ],
        "cuts": [
            count("three_leptons", "leptons", "==", 3), count("ossf_pair", "z", ">=", 1),
            window("z_window", "m_z", c["z_low"], c["z_high"], "GeV"), compare("met", "met", ">", c["met_min"], "GeV"),
            compare("lw_pt", "pt_lw", ">=", c["lw_pt"], "GeV"), compare("mt_w", "mt_w", ">", c["mt_w_min"], "GeV"),
        ],
        "histograms": histograms(c["n_bins"], limits),
        "outputs": [
            {"kind": "cutflow", "file": "cutflow.json"},
            {"kind": "histograms", "file": "histograms.npz", "of": list(limits), "prefixed": True},
            table("candidates.csv", ["event", "m_z", "m_3l", "mt_w"]),
        ],
    })  # fmt: skip


def _adl(c: Constants, name: str, of: str, **parts: Any) -> Selection:
    """A query with one histogram in a file of its name."""
    one = {"name": "h", "of": of, "bins": c["n_bins"], "low": c["low"], "high": c["low"] + c["width"] * c["n_bins"]}
    return Selection.model_validate({
        "sources": source("events.root"),
        **parts,
        "histograms": [one, *parts.get("histograms", [])],
        "outputs": [{"kind": "histograms", "file": f"{name}.npz", "of": ["h"]}, *parts.get("outputs", [])],
    })  # fmt: skip


def q1(c: Constants) -> Selection:
    return _adl(c, "met", "MET_pt")


def q2(c: Constants) -> Selection:
    return _adl(c, "jets", "pt", quantities=[field("pt", "Jet", "pt")])


def q3(c: Constants) -> Selection:
    central = objects("central", "Jet", cut("|eta|", "<", c["eta_max"]))
    return _adl(c, "jets", "pt", objects=[central], quantities=[field("pt", "central", "pt")])


def q4(c: Constants) -> Selection:
    hard = objects("hard", "Jet", cut("pt", ">", c["jet_pt_min"], "GeV"))
    return _adl(c, "met", "MET_pt", objects=[hard], cuts=[count("hard jets", "hard", ">=", c["n_jets"])])


def q5(c: Constants) -> Selection:
    pair = {"kind": "combination", "name": "dimuon", "of": ["Muon"], "charge": "opposite"}
    mass = {"kind": "field", "of": "dimuon", "field": "mass"}
    inside = window("", mass, c["mass_low"], c["mass_high"], "GeV")["when"]
    cuts = [{"name": "resonance", "when": {"kind": "any", "of": inside}}]
    return _adl(c, "met", "MET_pt", candidates=[pair], cuts=cuts)


def q6(c: Constants) -> Selection:
    top = {"kind": "combination", "name": "top", "of": ["Jet"], "size": 3, "choose": "nearest"}
    tags = {"kind": "field", "of": "trio", "field": "btagDeepFlavB"}
    return _adl(
        c, "trijet", "pt",
        objects=[{"kind": "gathered", "name": "trio", "of": ["top"]}],
        candidates=[{**top, "target": c["top_mass"], "unit": "GeV"}],
        quantities=[field("pt", "top", "pt"), quantity("tag", "reduced", how="max", of=tags)],
        cuts=[count("three jets", "top", ">=", 1)],
        histograms=[{"name": "btag", "of": "tag", "bins": c["n_tag_bins"], "low": 0, "high": 1}],
        outputs=[{"kind": "histograms", "file": "btag.npz", "of": ["btag"]}],
    )  # fmt: skip


def q7(c: Constants) -> Selection:
    lists = [
        objects("muons", "Muon", cut("pt", ">", c["lepton_pt_min"], "GeV")),
        objects("electrons", "Electron", cut("pt", ">", c["lepton_pt_min"], "GeV")),
        objects(
            "jets", "Jet", cut("pt", ">", c["jet_pt_min"], "GeV"),
            {"kind": "away", "of": ["muons", "electrons"], "dr": c["delta_r"]},
        ),
    ]  # fmt: skip
    return _adl(c, "ht", "ht", objects=lists, quantities=[quantity("ht", "scalar_sum", of=["jets"])])


def q8(c: Constants) -> Selection:
    lists = [
        {"kind": "leptons", "name": "leptons", "electrons": "Electron", "muons": "Muon"},
        {"kind": "remaining", "name": "others", "without": "z"},
    ]
    z = {"kind": "combination", "name": "z", "of": ["leptons"], "charge": "opposite", "flavour": "same"}
    return _adl(
        c, "mt", "mt",
        objects=lists,
        candidates=[{**z, "choose": "nearest", "target": c["z_mass"], "unit": "GeV"}, leading("third", "others")],
        quantities=[quantity("mt", "transverse_mass", of=["third", "MET"])],
        cuts=[count("three leptons", "leptons", ">=", 3), count("pair", "z", ">=", 1)],
    )  # fmt: skip


def _ids(**more: Any) -> dict[str, Any]:
    listing = {"kind": "list", "of": ["run", "event"]}
    return {"kind": "json", "file": "selected.json", "values": {"events": listing, **more}}


def zmumu(c: Constants) -> Selection:
    return Selection.model_validate({
        "title": "A resonance of two muons",
        "sources": source("events.root"),
        "objects": [objects(
            "muons", "Muon", cut("pt", ">", c["pt_min"], "GeV"), cut("|eta|", "<", c["eta_max"]),
            {"kind": "flag", "field": "tightId"}, cut("pfRelIso04_all", "<", c["iso_max"]),
        )],
        "candidates": [leading("mu1", "muons"), leading("mu2", "muons", 2)],
        "quantities": [system("m", "mass", "mu1", "mu2")],
        "cuts": [
            count("two muons", "muons", ">=", 2), charge("opposite charge", "mu1", "mu2"),
            compare("leading pt", {"kind": "field", "of": "mu1", "field": "pt"}, ">=", c["pt_lead"], "GeV"),
            window("mass", "m", c["m_low"], c["m_high"], "GeV"),
        ],
        "histograms": histograms(c["n_bins"], {"m": (c["m_low"], c["m_high"])}),
        "outputs": [
            _ids(),
            {"kind": "histograms", "file": "mass.npz", "of": ["m"], "flow": False},
            {"kind": "json", "file": "fit.json", "values": {"n_selected": {"kind": "events"}}},
        ],
    })  # fmt: skip


def _flavours(name: str, *pairs: tuple[int, int]) -> dict[str, Any]:
    def of(member: str, value: int) -> Any:
        return compare("", {"kind": "field", "of": member, "field": "flavour"}, "==", value)["when"]

    ways = [{"kind": "and", "of": [of("a", one), of("b", two)]} for one, two in pairs]
    return {"name": name, "when": {"kind": "or", "of": ways}}


def h4l(c: Constants) -> Selection:
    members = [{"kind": "member", "name": name, "of": of, "number": 1} for name, of in (("a", "z1"), ("b", "z2"))]
    events = {name: {"kind": "events", "category": name} for name in ("n_4mu", "n_4e", "n_2e2mu")}
    return Selection.model_validate({
        "title": "A resonance of four leptons",
        "sources": source("events.root"),
        "objects": [
            objects(
                "muons", "Muon", cut("pt", ">", c["muon_pt"], "GeV"), cut("|eta|", "<", c["eta_max"]),
                {"kind": "flag", "field": "tightId"}, cut("pfRelIso04_all", "<", c["iso_max"]),
            ),
            objects(
                "electrons", "Electron", cut("pt", ">", c["electron_pt"], "GeV"), cut("|eta|", "<", c["eta_max"]),
                cut("cutBased", ">=", 2), cut("pfRelIso03_all", "<", c["iso_max"]),
            ),
            {"kind": "leptons", "name": "leptons", "electrons": "electrons", "muons": "muons"},
            {"kind": "gathered", "name": "four", "of": ["z1", "z2"]},
        ],
        "candidates": [
            {"kind": "two_pairs", "name": "z1", "other": "z2", "of": "leptons", "target": c["z_mass"], "unit": "GeV"},
            *members, leading("first", "four"), leading("second", "four", 2),
        ],
        "quantities": [
            system("m", "mass", "z1", "z2"), field("m1", "z1", "mass"), field("m2", "z2", "mass"),
            field("pt_first", "first", "pt"), field("pt_second", "second", "pt"),
        ],
        "cuts": [
            count("two pairs", "z1", ">=", 1),
            compare("first pt", "pt_first", ">", c["pt_first"], "GeV"),
            compare("second pt", "pt_second", ">", c["pt_second"], "GeV"),
            window("first pair", "m1", c["z1_low"], c["z1_high"], "GeV"),
            window("second pair", "m2", c["z2_low"], c["z2_high"], "GeV"),
            window("mass", "m", c["m_low"], c["m_high"], "GeV"),
        ],
        "categories": [
            _flavours("n_4mu", (13, 13)), _flavours("n_4e", (11, 11)), _flavours("n_2e2mu", (11, 13), (13, 11)),
        ],
        "histograms": histograms(c["n_bins"], {"m": (c["m_low"], c["m_high"])}),
        "outputs": [_ids(**events), {"kind": "histograms", "file": "mass.npz", "of": ["m"], "flow": False}],
    })  # fmt: skip


CASES: dict[str, Callable[[Constants], Selection]] = {
    **{f"collm/{one.__name__}": one for one in (hgg, ttbar, vbf, ww, wz)},
    **{f"adl/{one.__name__}": one for one in (q1, q2, q3, q4, q5, q6, q7, q8)},
    **{f"peaks/{one.__name__}": one for one in (zmumu, h4l)},
}


def hyy(file: str = "hyy.root") -> Selection:
    """H to two photons in the layout of the ATLAS open data of 2020."""
    return Selection.model_validate({
        "title": "H to two photons",
        "sources": source(file),
        "objects": [objects(
            "photons", "photon", cut("pt", ">", 25, "GeV"), cut("|eta|", "<", 2.37),
            {"kind": "window", "field": "|eta|", "low": 1.37, "high": 1.52, "low_op": "<=", "outside": True},
            {"kind": "flag", "field": "isTightID"},
            {"kind": "cut", "field": "ptcone30", "over": "pt", "op": "<", "value": 0.065},
            {"kind": "cut", "field": "etcone20", "over": "pt", "op": "<", "value": 0.065},
        )],
        "candidates": [leading("y1", "photons"), leading("y2", "photons", 2)],
        "quantities": [system("m", "mass", "y1", "y2"), field("pt1", "y1", "pt"), field("pt2", "y2", "pt")],
        "cuts": [
            {"name": "trigger", "when": {"kind": "flag", "of": "trigP"}}, count("two photons", "photons", "==", 2),
            compare("leading pt", "pt1", ">", 35_000, "MeV"), window("mass", "m", 0.105, 0.160, "TeV"),
            compare("leading pt/m", {"kind": "arithmetic", "op": "/", "left": "pt1", "right": "m"}, ">", 0.35),
            compare("second pt/m", {"kind": "arithmetic", "op": "/", "left": "pt2", "right": "m"}, ">", 0.25),
        ],
        "categories": [compare("central", {"kind": "field", "of": "y1", "field": "|eta|"}, "<", 0.75)],
        "weight": "scaleFactor_PILEUP",
        "histograms": [
            *histograms(30, {"m": (105, 160)}),
            {"name": "m_central", "of": "m", "edges": [105, 120, 130, 160], "category": "central"},
            {"name": "pt1", "bins": 10, "low": 0, "high": 100, "after": "two photons"},
        ],
        "outputs": [
            {"kind": "json", "file": "result.json", "values": {
                "n_events": {"kind": "events", "cut": "all"}, "n_selected": {"kind": "events"},
                "n_central": {"kind": "events", "category": "central"},
                "mean_mass": {"kind": "statistic", "how": "mean", "of": "m"},
                "median_mass": {"kind": "statistic", "how": "median", "of": "m", "category": "central"},
                "events": {"kind": "list", "of": ["eventNumber"]},
            }},
            {"kind": "cutflow", "file": "cutflow.json", "weighted": True},
            {"kind": "cutflow", "file": "cutflow.csv"},
            {"kind": "histograms", "file": "all.npz", "of": ["m", "m_central", "pt1"], "prefixed": True},
            table("central.npz", ["eventNumber", "m"], category="central"), table("m.parquet", ["m"]),
            {"kind": "plot", "file": "m.png", "histogram": "m", "xlabel": "m [GeV]"},
            {"kind": "plot", "file": "central.png", "histogram": "m_central", "logy": True},
        ],
    })  # fmt: skip
