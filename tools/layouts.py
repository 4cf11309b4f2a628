"""How the branches of a file group into collections of objects: pure functions on names and types.

`find_layout` is the one place that knows naming conventions. Inspection shows its answer and
`hepcoder.tools.events.read_events` follows it, so a prompt and a script see the same names.
"""

from collections.abc import Iterable, Mapping, Sequence

from hepcoder.tools import naming
from hepcoder.tools.kinematic_fields import complete
from hepcoder.tools.layout_records import Branch, Collection, Field, Layout, LayoutKind
from hepcoder.tools.layout_units import CONVERTED_COLUMNS, MEV_PER_GEV, field_unit, file_unit, group_unit

# No convention comes near; what is longer is no name but a text, which has no place in prompts and messages.
MOST_NAME_CHARACTERS = 250

Members = Sequence[tuple[Branch, str]]


def find_layout(branches: Sequence[Branch], *, tree: str = "", typical: Mapping[str, float] | None = None) -> Layout:
    """Group the branches of one tree or table.

    Args:
        branches: Everything the tree holds, in any order.
        tree: Name of the tree; helps to tell ATLAS open data.
        typical: Median absolute value of some energies, by branch name, to tell MeV from GeV; without
            them the convention of the layout decides, and a layout without one has no unit.

    Returns:
        The layout. Every readable branch is in one collection or a column, but for counters of single branches.

    Example:
        >>> layout = find_layout([Branch(name="Muon_pt", typename="float[]"), Branch(name="run", typename="uint32_t")])
        >>> layout.collections[0].fields[0].name, layout.columns[0].name
        ('pt', 'run')
    """
    readable = [branch for branch in branches if branch.readable and len(branch.name) <= MOST_NAME_CHARACTERS]
    counters = _counters(readable)
    groups = _groups(branch for branch in readable if branch.name not in counters)
    kind = _kind(groups, readable, tree)
    energies = file_unit(readable, kind, typical or {})
    collections: list[Collection] = []
    taken: set[str] = set()
    bare = {branch.name: branch for branch in readable if not branch.depth}
    for prefix, members in groups.items():
        inside = _objects(prefix, members, kind)
        if inside and prefix in bare:  # `met` beside `met_phi`
            inside = _with_magnitude(inside, bare.pop(prefix), kind)
        if inside:
            collections.append(_collection(prefix, inside, kind, energies))
        taken |= {branch.name for branch, _ in inside}
    ordered = sorted(readable, key=lambda one: one.name)
    loose = [branch for branch in ordered if branch.name not in taken | counters]
    columns = _columns(loose, kind, energies, {one.name for one in collections})
    return Layout(
        kind=kind,
        collections=tuple(sorted(collections, key=lambda one: one.name)),
        columns=tuple(sorted(columns, key=lambda one: one.name)),
        skipped=tuple(sorted({branch.name for branch in branches} - {branch.name for branch in readable})),
    )


def _counters(branches: Sequence[Branch]) -> frozenset[str]:
    """Branches that only say how long one other branch is (``nMuon_pt``), as uproot writes them."""
    jagged = {branch.name for branch in branches if branch.depth}
    return frozenset(branch.name for branch in branches if branch.name[:1] == "n" and branch.name[1:] in jagged)


def _groups(branches: Iterable[Branch]) -> dict[str, list[tuple[Branch, str]]]:
    groups: dict[str, list[tuple[Branch, str]]] = {}
    for branch in sorted(branches, key=lambda one: one.name):
        prefix, field = naming.split_name(branch.name)
        groups.setdefault(prefix, []).append((branch, field))
    return groups


def _kind(groups: Mapping[str, Members], branches: Sequence[Branch], tree: str) -> LayoutKind:
    if any("AuxDyn." in branch.name for branch in branches):
        return "physlite"
    if naming.looks_like_atlas_mini(branches, tree):
        return "atlas_mini"
    jagged = [{field for branch, field in members if branch.depth} for prefix, members in groups.items() if prefix]
    if any("pt" in fields for fields in jagged):
        return "nanoaod"
    if any({"px", "py"} <= {field.lower() for field in fields} for fields in jagged):
        return "momentum"
    return "flat"


def _objects(prefix: str, members: Members, kind: str) -> Members:
    """The members of a group that are fields of one collection; none when the group is not one."""
    if not prefix:
        return ()
    jagged = _is_jagged(members)
    inside = [(branch, field) for branch, field in members if not jagged or branch.depth]
    if any(branch.record for branch, _ in members):
        return inside
    fields = {field.lower() for _, field in inside}
    if naming.object_kind(prefix) == "met" and fields & {"pt", "px", "et", "phi"}:
        return inside
    if jagged:
        return inside if len(inside) >= 2 or fields & {"pt", "px", "e"} else ()
    return inside if kind in {"nanoaod", "physlite"} and len(inside) >= 2 else ()


def _with_magnitude(members: Members, bare: Branch, kind: str) -> Members:
    """A MET with the branch of its bare name as its pt; none where all is columns, whose name that is."""
    fields = {field.lower() for _, field in members}
    if kind == "flat":
        return ()
    return members if fields & {"pt", "et", "px"} or _is_jagged(members) else [*members, (bare, "pt")]


def _is_jagged(members: Members) -> bool:
    """Whether a group is a list of objects: by its momentum where it has one, else by most of its members."""
    momenta = [branch.depth for branch, field in members if field.lower() in {"pt", "px", "et", "e", "eta"}]
    depths = momenta or [branch.depth for branch, _ in members]
    return 2 * sum(depth > 0 for depth in depths) > len(depths)


def _collection(prefix: str, members: Members, kind: str, energies: str | None) -> Collection:
    jagged = _is_jagged(members)
    energies = group_unit({field: branch.title for branch, field in members}, energies)
    fields: dict[str, Field] = {}
    for branch, raw in members:
        name = naming.field_name(raw, kind)
        name = naming.unused(name if name not in fields else naming.safe_name(raw), fields)
        fields[name] = _field(name, name, branch, kind, energies).model_copy(
            update={"depth": branch.depth - int(jagged)}
        )
    name = naming.collection_name(prefix, kind)
    found = Collection(name=name, jagged=jagged, kind=naming.object_kind(name), fields=tuple(fields.values()))
    return complete(found)


def _columns(branches: Sequence[Branch], kind: str, energies: str | None, taken: set[str]) -> list[Field]:
    used = set(taken)
    columns = []
    for branch in branches:
        name = naming.unused(naming.safe_name(branch.name), used)
        used.add(name)
        unit = group_unit({naming.quantity(branch.name): branch.title}, energies)
        field = _field(name, naming.quantity(branch.name), branch, kind, unit)
        if kind not in CONVERTED_COLUMNS:
            field = field.model_copy(update={"unit": field.source_unit, "factor": 1.0})
        columns.append(field)
    return columns


def _field(name: str, quantity: str, branch: Branch, kind: str, energies: str | None) -> Field:
    unit, source_unit = field_unit(quantity, branch, kind, energies)
    return Field(
        name=name,
        branch=branch.name,
        dtype=branch.dtype,
        depth=branch.depth,
        unit=unit,
        factor=1.0 / MEV_PER_GEV if (unit, source_unit) == ("GeV", "MeV") else 1.0,
        source_unit=source_unit,
        title=branch.title,
    )
