"""ROOT files: their trees (TTree and RNTuple), the main one, its branches."""

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hepcoder.ledger.errors import InputError
from hepcoder.tools.inspect.forms import branches_from_form, pluck
from hepcoder.tools.inspect.source import PEEK_ENTRIES, Source, Table, damage_named, medians
from hepcoder.tools.layout_records import Branch
from hepcoder.tools.layout_units import probes
from hepcoder.tools.layouts import find_layout

PREFERRED = ("Events", "events", "mini", "CollectionTree", "analysis", "nominal", "Delphes", "tree")
TREES = frozenset({"TTree", "TNtuple", "TNtupleD", "ROOT::RNTuple"})


@contextmanager
def root_source(path: Path, tree: str | None) -> Iterator[Source]:
    """An open ROOT file, at the tree of that name or at its main one.

    Raises:
        InputError: The file is truncated or damaged, or has no such tree, or none at all.
    """
    import uproot

    _check_length(path)
    with damage_named(path, "ROOT"):
        file = uproot.open(path)
    with file:
        with damage_named(path, "ROOT"):
            names = tree_names(file)
            chosen = _choose(path, names, tree)
            trees = {name: file[name] for name in (chosen, *(name for name in names if name != chosen))}
            tables = tuple(Table(name, int(one.num_entries), branches_of(one)) for name, one in trees.items())
            main, branches = trees[chosen], tables[0].branches
            layout = find_layout(branches, tree=chosen.rsplit("/", 1)[-1])
            peek = probes(branches, layout.kind)
            if peek:
                seen = medians(_load(path, main, peek, PEEK_ENTRIES))
                layout = find_layout(branches, tree=chosen.rsplit("/", 1)[-1], typical=seen)

        def load(wanted: Sequence[str], stop: int | None) -> dict[str, Any]:
            return _load(path, main, wanted, stop)

        yield Source(path, "root", tables, layout, load)


def tree_names(file: Any) -> tuple[str, ...]:
    """Names of all trees of an open file, the main one first: a known name, else the most numbers."""
    classes = file.classnames(recursive=True, cycle=False)
    names = [name for name, one in classes.items() if one in TREES]
    return tuple(sorted(names, key=lambda name: _rank(name, file[name])) if len(names) > 1 else names)


def _rank(name: str, tree: Any) -> tuple[int, int, str]:
    base = name.rsplit("/", 1)[-1]
    entries = int(tree.num_entries)
    known = PREFERRED.index(base) if entries and base in PREFERRED else len(PREFERRED)
    width = len(tree.branches) if is_ttree(tree) else len(tree.field_records)
    return known, -entries * width, name


def is_ttree(tree: Any) -> bool:
    """Whether it is a TTree and not an RNTuple."""
    return hasattr(tree, "branches")


def _choose(path: Path, names: Sequence[str], tree: str | None) -> str:
    if not names:
        msg = f"{str(path)!r} holds no TTree and no RNTuple, so there are no events to read"
        raise InputError(msg)
    if tree is None:
        return names[0]
    for name in names:
        if tree in {name, name.rsplit("/", 1)[-1]}:
            return name
    msg = f"{str(path)!r} has no tree {tree!r}; it has {', '.join(names)}"
    raise InputError(msg)


def branches_of(tree: Any) -> tuple[Branch, ...]:
    """The top branches of a TTree, or the leaves of an RNTuple."""
    if not is_ttree(tree):
        form = tree.to_akform()
        return branches_from_form(form[0] if isinstance(form, tuple) else form)
    return tuple(Branch(name=one.name, typename=str(one.typename), title=_title(one)) for one in tree.branches)


def _title(branch: Any) -> str:
    """The branch's own words; empty when its title only repeats name and type (``pt[n]/F``)."""
    title = str(branch.title or "")
    return "" if "/" in title and " " not in title else "" if title == branch.name else title


def _load(path: Path, tree: Any, wanted: Sequence[str], stop: int | None) -> dict[str, Any]:
    """Arrays by branch name; of a damaged tree, the branches that can be read."""
    if not is_ttree(tree):
        with damage_named(path, "ROOT"):
            array = tree.arrays(list(wanted), entry_stop=stop)
        return {name: pluck(array, name) for name in wanted}
    try:
        with damage_named(path, "ROOT"):
            return dict(tree.arrays(list(wanted), entry_stop=stop, how=dict))
    except InputError:
        found = _one_by_one(tree, wanted, stop)
        if not found:
            raise
        return found


def _one_by_one(tree: Any, wanted: Sequence[str], stop: int | None) -> dict[str, Any]:
    found = {}
    for name in wanted:
        try:
            found[name] = tree[name].array(entry_stop=stop)
        except Exception:  # noqa: BLE001, S112 - skipped branches are the caller's to notice
            continue
    return found


def _check_length(path: Path) -> None:
    """The header says how long the file is; a shorter one was cut.

    Reference: TFile header: ``root``, version, fBEGIN, fEND (8 bytes from version 1,000,000 on), big-endian.
    """
    with path.open("rb") as file:
        head = file.read(20)
    if len(head) < 20:
        msg = f"{str(path)!r} is truncated: {len(head)} bytes are less than a ROOT header; copy it again"
        raise InputError(msg)
    (version,) = struct.unpack(">i", head[4:8])
    (end,) = struct.unpack(">q", head[12:20]) if version >= 1_000_000 else struct.unpack(">i", head[12:16])
    size = path.stat().st_size
    if size < end:
        msg = f"{str(path)!r} is truncated: it has {size:,} of {end:,} bytes; copy it again"
        raise InputError(msg)
