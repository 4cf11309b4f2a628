"""Naming conventions of collider files: how a branch name splits, what kind of object it is, which names are safe."""

import re
from collections.abc import Container, Sequence
from typing import Protocol

NUMBER_TYPES = {
    "float": "float32", "double": "float64", "float32": "float32", "float64": "float64", "float16": "float16",
    "bool": "bool", "char": "int8", "short": "int16", "int": "int32", "long": "int64", "halffloat": "float16",
    "Float16_t": "float32", "Double32_t": "float64", "string": "string", "std::string": "string", "char*": "string",
    "TString": "string", "large_string": "string", "utf8": "string", "str": "string", "unsigned char": "uint8",
    "unsigned short": "uint16", "unsigned int": "uint32", "unsigned long": "uint64", "long long": "int64",
}  # fmt: skip
_LIST = re.compile(r"^(?:std::)?vector<(.*)>$|^(?:large_)?list<(.*)>$|^ROOT::VecOps::RVec<(.*)>$")
_INTEGER = re.compile(r"^(?:std::)?(u?int(?:8|16|32|64))(?:_t)?$")

# Attributes of ak.Array that a record field of the same name would be hidden by.
RESERVED = frozenset(
    [
        *("type", "typestr", "fields", "layout", "behavior", "attrs", "mask", "ndim", "nbytes", "show", "backend"),
        *("named_axis", "is_tuple", "numba_type", "to_list", "tolist", "to_numpy"),
    ]
)

KINDS = (
    ("met", ("met", "etmiss", "missinget", "missingenergy")),
    ("trigger", ("hlt", "l1", "trigmatch", "trig", "trigger")),
    ("fatjet", ("fatjet", "largerjet", "largejet", "jetak8", "ak8", "antikt10")),
    ("electron", ("electron", "ele", "el")),
    ("muon", ("muon", "mu")),
    ("photon", ("photon", "gamma", "ph")),
    ("tau", ("tau",)),
    ("jet", ("jet",)),
    ("lepton", ("lep", "lepton")),
    ("track", ("track",)),
)


class HasType(Protocol):
    """Anything with a name and a depth of lists."""

    @property
    def name(self) -> str:
        """Name in the file."""

    @property
    def depth(self) -> int:
        """Levels of lists."""


def parse_type(typename: str) -> tuple[str, int] | None:
    """The number type and the levels of lists of a type as a file writes it.

    Returns:
        (dtype, levels), or None when it is neither numbers nor text.

    Example:
        >>> parse_type("std::vector<float>"), parse_type("uint8_t[]"), parse_type("TLorentzVector")
        (('float32', 1), ('uint8', 1), None)
    """
    text = typename.strip()
    depth = 0
    while True:
        match = _LIST.match(text)
        if match:
            text, depth = next(part for part in match.groups() if part is not None).strip(), depth + 1
        elif text.endswith("]"):
            text, depth = text[: text.rindex("[")].strip(), depth + 1
        else:
            break
    if integer := _INTEGER.match(text):
        return integer.group(1), depth
    return (NUMBER_TYPES[text], depth) if text in NUMBER_TYPES else None


def split_name(name: str) -> tuple[str, str]:
    """(collection prefix, field) of a branch name; the prefix is empty for a plain column.

    Example:
        >>> split_name("Muon_pt"), split_name("AnalysisJetsAuxDyn.pt"), split_name("run")
        (('Muon', 'pt'), ('AnalysisJets', 'pt'), ('', 'run'))
    """
    if "." in name:
        prefix, field = name.split(".", 1)
        return re.sub(r"Aux(Dyn)?$", "", prefix), field
    prefix, mark, field = name.partition("_")
    return (prefix, field) if mark and prefix and field else ("", name)


def collection_name(prefix: str, kind: str) -> str:
    """The attribute a collection gets.

    Example:
        >>> collection_name("AnalysisElectrons", "physlite")
        'Electrons'
    """
    name = prefix.removeprefix("Analysis") if kind == "physlite" else prefix
    return safe_name(name)


def field_name(raw: str, kind: str) -> str:
    """The attribute a field gets: the file's name but for capitals of the momentum style and reserved names.

    Example:
        >>> field_name("Charge", "momentum"), field_name("m", "physlite"), field_name("type", "atlas_mini")
        ('charge', 'mass', 'type_')
    """
    if kind == "physlite" and raw == "m":
        return "mass"
    if raw in {"Px", "Py", "Pz"}:
        return raw.lower()
    if kind == "momentum" and raw[:1].isupper() and raw != "E":
        raw = raw.lower() if raw.isupper() else raw[:1].lower() + raw[1:]
    return safe_name(raw)


def safe_name(name: str) -> str:
    """A name that works as an attribute of an awkward array: ``type`` becomes ``type_``.

    Example:
        >>> safe_name("type"), safe_name("2lep:sf")
        ('type_', 'x2lep_sf')
    """
    clean = re.sub(r"\W", "_", name)
    if clean[:1].isdigit():
        clean = "x" + clean
    return clean + "_" if clean in RESERVED else clean


def unused(name: str, taken: Container[str]) -> str:
    """The name, with as many trailing underscores as it takes to be new.

    Example:
        >>> unused("pt", {"pt", "pt_"})
        'pt__'
    """
    while name in taken:
        name += "_"
    return name


def words(name: str) -> tuple[str, ...]:
    """The lower-case words of a name, split at case changes, digits and marks.

    Example:
        >>> words("PuppiMET_ptJERUp")
        ('puppi', 'met', 'pt', 'jer', 'up')
    """
    return tuple(part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name))


def object_kind(name: str) -> str | None:
    """What kind of object a collection holds, by its name; None when the name does not tell.

    Example:
        >>> object_kind("Electrons"), object_kind("lep"), object_kind("PV")
        ('electron', 'lepton', None)
    """
    flat = name.lower()
    parts = {part.rstrip("s") for part in words(name)}
    for kind, marks in KINDS:
        if any(mark in parts or flat.rstrip("s") == mark or (len(mark) > 4 and mark in flat) for mark in marks):
            return kind
    return None


def quantity(name: str) -> str:
    """The quantity a flat column holds: ``pt1`` is a pt.

    Example:
        >>> quantity("pt1"), quantity("pt_1"), quantity("lep_pt"), quantity("M")
        ('pt', 'pt', 'pt', 'mass')
    """
    stem = re.sub(r"\d+$", "", re.sub(r"_(\d+)$", r"\1", name).rsplit("_", 1)[-1]) or name
    return {"M": "mass", "m": "mass", "E": "E"}.get(stem, stem)


def looks_like_atlas_mini(branches: Sequence[HasType], tree: str) -> bool:
    """Whether it is the ATLAS Open Data education layout: lower-case kinds, ``lep_n`` counters, tree ``mini``."""
    names = {branch.name for branch in branches}
    prefixes = [p for p in ("lep", "photon", "jet", "tau", "largeRjet", "fatjet") if f"{p}_pt" in names]
    marks = {"channelNumber", "mcWeight", "met_et", "scaleFactor_PILEUP", "runNumber"} & names
    return bool(prefixes) and (tree == "mini" or bool(marks) or any(f"{p}_n" in names for p in prefixes))
