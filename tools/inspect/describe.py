"""The text that tells a model how to read the inputs of its task, within a budget."""

from collections.abc import Sequence

from hepcoder.ledger.record import Record
from hepcoder.tools.inspect.facts import FileFacts, Look
from hepcoder.tools.inspect.relevance import column_rank, leading_fields, names_for
from hepcoder.tools.layout_records import Collection, Field

CHARS_PER_TOKEN = 3.3
WIDTH = 110
SHOWN_FIELDS = 10
SHOWN_COLUMNS = 24
MORE_FIELDS = 16
MORE_COLUMNS = 40
ALL_COLUMNS = 40
MOST_TREE_CHARACTERS = 200
MOST_TITLE_CHARACTERS = 60
# Kept first to last while the budget lasts.
HOW, KINEMATICS, ASKED, USUAL, OTHERS, MORE, COLUMNS = range(7)


class Line(Record):
    """One line of the description.

    Attributes:
        rank: Smaller is kept first.
        text: The line, without its end.
    """

    rank: int
    text: str


def describe(facts: Sequence[FileFacts], request: str, *, budget_tokens: int) -> str:
    """How each input is read with `read_events`, and what of it a request needs.

    Args:
        facts: The inputs; each is called by its ``path`` as it stands there.
        request: The request, in plain language.
        budget_tokens: Upper bound of the text, at 3.3 characters a token; 0 or less gives no text.

    Returns:
        Whole lines: how to read, the fields the request needs with unit and range, then names of the rest. With a
        smaller budget the least relevant lines are left out; never part of a line.
    """
    lines = [line for one in facts for line in _file_lines(one, request)]
    room = budget_tokens * CHARS_PER_TOKEN
    kept: list[int] = []
    used = 0
    for place in sorted(range(len(lines)), key=lambda one: (lines[one].rank, one)):
        used += len(lines[place].text) + bool(kept)
        if used > room:
            break
        kept.append(place)
    return "\n".join(lines[place].text for place in sorted(kept))


def _file_lines(facts: FileFacts, request: str) -> list[Line]:
    layout = facts.layout
    names = names_for(layout, request)
    shown = [one for name in names if (one := layout.collection(name))]
    lines = [Line(rank=HOW, text=_head(facts)), Line(rank=HOW, text=_reading(facts, names))]
    for collection in shown:
        lines += _collection_lines(facts, collection, request)
    columns = [column for name in names if (column := layout.column(name))]
    rest = [one for one in sorted(layout.columns, key=lambda one: column_rank(one, request)) if one not in columns]
    if not layout.collections:
        columns, rest = [*columns, *rest][:SHOWN_COLUMNS], [*columns, *rest][SHOWN_COLUMNS:]
    if columns:
        lines.append(Line(rank=KINEMATICS, text="Event columns, one value per event:"))
        for field in columns:
            rank = KINEMATICS if field.name in names else USUAL
            text = f"  events.{field.name}{_details(field, facts.looks.get(field.name))}"
            lines.append(Line(rank=rank, text=text))
    others = [one.name for one in layout.collections if one not in shown]
    lines += [Line(rank=OTHERS, text=text) for text in _wrapped("Other collections: ", others, len(others))]
    left = [one.name for one in rest if one.depth == 0]
    lines += [Line(rank=COLUMNS, text=text) for text in _wrapped("Other event columns: ", left, MORE_COLUMNS)]
    return lines


def _head(facts: FileFacts) -> str:
    tree = f", tree {facts.tables[0].name[:MOST_TREE_CHARACTERS]!r}" if facts.tables and facts.tables[0].name else ""
    fields = [field for one in facts.layout.collections for field in (*one.fields, *one.components)]
    units = {field.source_unit for field in (*fields, *facts.layout.columns) if field.factor != 1}
    note = " The file is in MeV; read_events gives GeV." if "MeV" in units else ""
    return f"File {facts.path!r}: {facts.kind}{tree}, {facts.entries} events.{note}"


def _reading(facts: FileFacts, names: Sequence[str]) -> str:
    few = not facts.layout.collections and len(facts.layout.columns) <= ALL_COLUMNS
    wanted = "" if few or not names else ", [" + ", ".join(f'"{name}"' for name in names[:ALL_COLUMNS]) + "]"
    path = facts.path.replace("\\", "\\\\").replace('"', '\\"')
    return f'events = read_events("{path}"{wanted})'


def _collection_lines(facts: FileFacts, collection: Collection, request: str) -> list[Line]:
    number = "a list of objects per event" if collection.jagged else "one object per event, not a list"
    vectors = ", momentum vectors" if collection.momentum == "Momentum4D" else ""
    lines = [Line(rank=KINEMATICS, text=f"events.{collection.name}: {number}{vectors}; fields:")]
    flat = [one for one in collection.fields if one.depth == 0]
    near = leading_fields(flat, request, SHOWN_FIELDS)
    for group, field in near:
        rank = (KINEMATICS, ASKED, USUAL)[group]
        details = _details(field, facts.looks.get(f"{collection.name}.{field.name}"))
        lines.append(Line(rank=rank, text=f"  .{field.name}{details}"))
    shown = {field.name for _, field in near}
    rest = [one.name for one in flat if one.name not in shown]
    return lines + [Line(rank=MORE, text=text) for text in _wrapped("  more fields: ", rest, MORE_FIELDS)]


def _details(field: Field, look: Look | None) -> str:
    text = f" [{field.unit}]" if field.unit else ""
    if field.dtype == "bool":
        text += " true or false"
    elif field.dtype == "string":
        text += " text"
    elif look and field.name not in {"phi", "mass"}:
        text += f" {look.low:.4g} to {look.high:.4g}"
    plain = field.name in {"pt", "eta", "phi", "mass", "charge"} or not field.branch or field.title == field.name
    title = field.title if len(field.title) <= MOST_TITLE_CHARACTERS and field.title.isprintable() else ""
    return text if plain or not title else f"{text} ({title})"


def _wrapped(start: str, names: Sequence[str], most: int) -> list[str]:
    """Lines of at most so many names, none longer than need be."""
    shown = list(names[:most])
    if len(names) > most:
        shown.append(f"and {len(names) - most} more")
    lines: list[str] = []
    for name in shown:
        if lines and len(lines[-1]) + len(name) + 2 <= WIDTH:
            lines[-1] += f", {name}"
        else:
            lines = [*lines[:-1], lines[-1] + ","] if lines else lines
            lines.append((start if not lines else "    ") + name)
    return lines
