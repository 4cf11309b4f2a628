"""Units: what a quantity is measured in, in the file and as delivered."""

import re
from collections.abc import Mapping, Sequence

from hepcoder.tools.layout_records import Branch
from hepcoder.tools.naming import object_kind, quantity, split_name, words

MEV_FROM = 1000.0
MEV_PER_GEV = 1000.0
NANOAOD_MARKS = frozenset({"luminosityBlock", "nMuon", "nElectron", "nJet", "run", "genWeight"})
CONVERTED_COLUMNS = frozenset({"atlas_mini", "physlite"})

_EXACT = frozenset(
    ["pt", "px", "py", "pz", "p", "e", "et", "mass", "m", "ht", "energy", "sumet", "mpx", "mpy", "mpz", "msoftdrop"]
)
_FIRST = frozenset(["pt", "et", "mass", "energy", "ptcone", "ptvarcone", "etcone", "topoetcone", "neflowisol"])
_LAST = frozenset(["pt", "ht", "met", "et", "px", "py", "pz", "mass"])
_NOT = frozenset(
    [
        "type",
        "frac",
        "fraction",
        "rel",
        "ratio",
        "res",
        "significance",
        "sig",
        "corr",
        "correction",
        "rank",
        "flag",
        "link",
        "n",
        "num",
        "eta",
        "phi",
        "idx",
        "index",
        "d",
    ]
)
_LENGTHS = re.compile(r"^(dxy|dz|d0|z0|ip3d|dlen)(err|bs)?$", re.IGNORECASE)


def is_energy(name: str) -> bool:
    """Whether a quantity of that name is an energy, momentum or mass.

    Example:
        >>> is_energy("pt"), is_energy("ptcone20"), is_energy("sumEt"), is_energy("eta"), is_energy("jetPtRelv2")
        (True, True, True, False, False)
    """
    if name.lower() in _EXACT:
        return True
    parts = words(name)
    if not parts or set(parts) & _NOT:
        return False
    return parts[0] in _FIRST or parts[-1] in _LAST


def stated_unit(title: str) -> str | None:
    """The unit a title states; None when it says nothing.

    Example:
        >>> stated_unit("dxy (with sign) wrt first PV, in cm"), stated_unit("photon pt [MeV]"), stated_unit("pt")
        ('cm', 'MeV', None)
    """
    match = re.search(r"(?:\[|\(|\bin )\s*(GeV|MeV|cm|mm|rad)\b", title)
    return match.group(1) if match else None


def probes(branches: Sequence[Branch], kind: str) -> tuple[str, ...]:
    """Branches whose values tell MeV from GeV; empty where the layout's own convention does.

    Args:
        branches: All branches of the tree.
        kind: Kind of its layout.
    """
    if kind == "physlite" or is_marked_nanoaod(branches, kind):
        return ()
    found = []
    for branch in branches:
        if not branch.dtype.startswith("float") or branch.depth > 1:
            continue
        prefix, field = split_name(branch.name)
        if object_kind(prefix or branch.name) in {"track", "trigger"} or {"truth", "gen"} & set(words(branch.name)):
            continue
        if quantity(field).lower() in {"pt", "px", "e", "et"}:
            found.append(branch.name)
    return tuple(sorted(found, key=lambda name: ("pt" not in name.lower(), name))[:12])


def is_marked_nanoaod(branches: Sequence[Branch], kind: str) -> bool:
    """Whether it is NanoAOD by more than the style of its names; its energies are in GeV then."""
    return kind == "nanoaod" and len(NANOAOD_MARKS & {branch.name for branch in branches}) >= 2


def file_unit(branches: Sequence[Branch], kind: str, typical: Mapping[str, float]) -> str | None:
    """The unit of energies in a file: by convention, else by the size of its values; None when neither tells."""
    if kind == "physlite":
        return "MeV"
    if is_marked_nanoaod(branches, kind):
        return "GeV"
    smallest = min(typical.values(), default=None)
    if smallest is None:
        return "MeV" if kind == "atlas_mini" else None
    if smallest >= MEV_FROM:
        return "MeV"
    return "GeV" if kind == "atlas_mini" or smallest >= 1.0 else None


def group_unit(titles: Mapping[str, str], otherwise: str | None) -> str | None:
    """The unit of energies of one group: the one its titles state, else that of the file.

    Args:
        titles: The file's words, by field name.
        otherwise: Unit of the file.
    """
    stated = {stated_unit(title) for name, title in titles.items() if is_energy(name)} & {"GeV", "MeV"}
    return stated.pop() if len(stated) == 1 else otherwise


def field_unit(name: str, branch: Branch, kind: str, energies: str | None) -> tuple[str | None, str | None]:
    """(unit as delivered, unit in the file) of one field; both None when not known.

    Args:
        name: The quantity, such as ``pt``.
        branch: Where it comes from.
        kind: Kind of the layout.
        energies: Unit of energies in its group; None when not known.
    """
    if not branch.dtype.startswith("float"):
        return None, None
    if is_energy(name):
        return ("GeV" if energies else None), energies
    stated = stated_unit(branch.title)
    if stated not in {None, "GeV", "MeV"}:
        return stated, stated
    if name.lower() == "phi" or (words(name) or ("",))[-1] == "phi":
        return "rad", "rad"
    if kind == "nanoaod" and _LENGTHS.match(name):
        return "cm", "cm"
    return None, None
