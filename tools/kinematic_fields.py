"""Which kinematic fields a collection delivers, given the components its file has."""

from hepcoder.tools.layout_records import Collection, Field

KINEMATICS = ("pt", "eta", "phi", "mass", "charge")
KNOWN_MASS = frozenset({"electron", "muon", "photon"})
CARTESIAN = ("px", "py", "pz")
ENERGY = ("E", "e", "energy")
# Names that vector reads as coordinates: a second set of them in one record is an error.
COORDINATES = frozenset(
    ["x", "y", "z", "t", "rho", "theta", "tau", "px", "py", "pz", "E", "e", "energy", "M", "m", "et", "p"]
)


def complete(collection: Collection) -> Collection:
    """The collection with pt, eta, phi and mass where its components allow them.

    Components (px, py, pz, E) are set apart; other fields whose names vector takes for coordinates get a
    trailing underscore.
    """
    fields = {one.name: one for one in collection.fields}
    components: dict[str, Field] = {}
    polar = {"pt", "phi"} <= set(fields)
    if not polar and {"px", "py"} <= set(fields):
        components = {name: fields.pop(name) for name in CARTESIAN if name in fields}
        like = components["px"]
        fields |= {"pt": _derived(like, "pt", "sqrt(px^2+py^2)"), "phi": _derived(like, "phi", "atan2(py, px)")}
        if "pz" in components:
            fields["eta"] = _derived(like, "eta", "from px, py, pz")
    elif not polar and collection.kind == "met" and {"et", "phi"} <= set(fields):
        fields["pt"] = fields.pop("et").model_copy(update={"name": "pt"})
    if not {"pt", "phi"} <= set(fields):
        return collection.model_copy(update={"fields": _ordered(fields)})
    if {"pt", "eta", "phi"} <= set(fields) and "mass" not in fields:
        energy = next((name for name in ENERGY if name in fields), None)
        if energy:
            components["E"] = fields.pop(energy).model_copy(update={"name": "E"})
            fields["mass"] = _derived(fields["pt"], "mass", "from the energy")
        elif collection.kind in KNOWN_MASS or (collection.kind == "lepton" and "type_" in fields):
            fields["mass"] = _derived(fields["pt"], "mass", "known mass")
    return collection.model_copy(
        update={
            "fields": _ordered(_safe(fields)),
            "components": tuple(components.values()),
            "momentum": _momentum(set(fields)),
        }
    )


def _derived(like: Field, name: str, title: str) -> Field:
    unit = "rad" if name == "phi" else None if name == "eta" else like.unit
    return Field(name=name, branch="", dtype="float64", depth=like.depth, unit=unit, title=title)


def _safe(fields: dict[str, Field]) -> dict[str, Field]:
    safe = {}
    for name, field in fields.items():
        if name in CARTESIAN or name in ENERGY:
            continue
        new = name + "_" if name in COORDINATES else name
        safe[new] = field.model_copy(update={"name": new})
    return safe


def _momentum(names: set[str]) -> str:
    if {"eta", "mass"} <= names:
        return "Momentum4D"
    return "Momentum3D" if "eta" in names else "Momentum2D"


def _ordered(fields: dict[str, Field]) -> tuple[Field, ...]:
    def rank(field: Field) -> tuple[int, str]:
        return (KINEMATICS.index(field.name) if field.name in KINEMATICS else len(KINEMATICS), field.name)

    return tuple(sorted(fields.values(), key=rank))
