"""Tables of verdicts as Markdown."""

from collections.abc import Sequence

from hepcoder.benchmarks.attacks.attack import Answer, Attack, Column, Verdict

_WORST_FIRST: tuple[Answer, ...] = ("not", "unclear", "stopped", "not applicable")
BEGIN, END = "<!-- attack-matrix -->", "<!-- end -->"


_INTRO = """\
`python -m hepcoder.benchmarks.attacks` makes {count} attacks on each tier. A row stands for as many as its brackets say
and shows the worst verdict. What got through is judged from outside: by files, listeners, other processes, and what
came out. For scale, *plain subprocess* is what most projects do: `subprocess.run` with a time limit. *as root* says who
started hepcoder; scripts never run as root in a sandbox.
"""


def readme_block(columns: Sequence[Column], attacks: Sequence[Attack]) -> str:
    """Return what README.md says of the attacks; a plain subprocess as root is left out, nobody would do that."""
    shown = [column for column in columns if (column.tier, column.identity) != ("plain", "root")]
    return f"{_INTRO.format(count=len(attacks))}\n{short_table(shown, attacks)}"


def short_table(columns: Sequence[Column], attacks: Sequence[Attack]) -> str:
    """Return one row for each class of attacks: its worst verdict on each tier, and how many got through."""
    rows = list(dict.fromkeys((attack.group, attack.row) for attack in attacks))
    lines = [_line("", "attack", *(column.title for column in columns)), _line(*["---"] * (len(columns) + 2))]
    seen = ""
    for group, row in rows:
        members = [attack for attack in attacks if (attack.group, attack.row) == (group, row)]
        count = f" ({len(members)})" if len(members) > 1 else ""
        cells = [_worst([_verdict(column, attack) for attack in members]) for column in columns]
        lines.append(_line("" if group == seen else group, row.replace("|", "/") + count, *cells))
        seen = group
    return "\n".join([*lines, "", _origin(columns), *_gaps(columns, attacks)])


def _worst(verdicts: Sequence[Verdict]) -> str:
    worst = min((verdict.answer for verdict in verdicts), key=_WORST_FIRST.index)
    through = sum(verdict.answer == "not" for verdict in verdicts)
    if worst == "not":
        return "**not**" if through == len(verdicts) else f"**not** ({through} of {len(verdicts)})"
    return "n/a" if worst == "not applicable" else worst


def _verdict(column: Column, attack: Attack) -> Verdict:
    return column.verdicts.get(attack.id, Verdict(answer="unclear", reason="not run"))


def _origin(columns: Sequence[Column]) -> str:
    """Return when and on what the columns were measured, and what each tier lacks there."""
    machines = dict.fromkeys(f"{column.date} on Linux {column.kernel}" for column in columns)
    programs = dict.fromkeys(f"{name} {version}" for column in columns for name, version in column.versions.items())
    lacks = dict.fromkeys(f"{column.tier} lacks {'; '.join(column.lacks)}" for column in columns if column.lacks)
    return ". ".join([f"Measured {', '.join(machines)}, with {', '.join(programs)}", *lacks]) + "."


def _gaps(columns: Sequence[Column], attacks: Sequence[Attack]) -> list[str]:
    """Return what got through a sandbox, each with the reason that is known for it."""
    lines = []
    for column in columns:
        for attack in attacks:
            verdict = _verdict(column, attack)
            if column.tier not in {"plain", "none"} and verdict.answer in {"not", "unclear"}:
                reason = attack.gaps.get(column.tier, verdict.reason)
                lines.append(f"- {column.title}, {attack.row}: {attack.title}: {reason}")
    return ["", "Not stopped by a sandbox:", "", *lines] if lines else []


def long_table(columns: Sequence[Column], attacks: Sequence[Attack]) -> str:
    """Return one row for each attack, with the reason of each verdict."""
    lines = [_line("attack", "what", *(column.title for column in columns)), _line(*["---"] * (len(columns) + 2))]
    for attack in attacks:
        cells = []
        for column in columns:
            verdict = _verdict(column, attack)
            answer = f"**{verdict.answer}**" if verdict.answer in {"not", "unclear"} else verdict.answer
            cells.append(f"{answer}: {verdict.reason}" if verdict.reason else answer)
        lines.append(_line(attack.id, f"{attack.row}: {attack.title}", *cells))
    return "\n".join(lines)


def _line(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def replace_block(text: str, block: str) -> str:
    """Return a text with what stands between its markers replaced.

    Raises:
        ValueError: The text has no markers.
    """
    start = text.find(BEGIN)
    end = text.find(END, start)
    if start < 0 or end < 0:
        message = f"there are no markers {BEGIN} and {END}; put them where the table belongs"
        raise ValueError(message)
    return f"{text[: start + len(BEGIN)]}\n{block}\n{text[end:]}"
