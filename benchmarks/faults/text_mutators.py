"""Ways to hand over what is no Python."""

import ast
import re
from random import Random

from hepcoder.benchmarks.faults.places import calls, each_line, nodes, put
from hepcoder.benchmarks.faults.records import Mutator, Program
from hepcoder.tools.pyfix.edits import text_of

_PROMPT = ">" * 3 + " "
_BEFORE = (
    "Here is the Python script that does the analysis:\n\n",
    "Sure! To solve this task, we read the data, apply the cuts and save the results.\n\n",
    "### Solution\n\nThe script below uses awkward arrays.\n\n",
)
_AFTER = (
    "\nThis script reads the file, applies the cuts and writes the results.\n",
    "\nNote: make sure that the input file is in the working folder.\nYou can change the cuts at the top.\n",
    "\n**Explanation**\n\n1. The events are read.\n2. The cuts are applied.\n",
)


def _unclosed_bracket(program: Program, _dice: Random) -> list[str]:
    def lose(line: str) -> str | None:
        return line[:-1] if line.endswith((")", "]")) and "(" in line and not line.startswith("#") else None

    return each_line(program.source, lose)


def _stray_bracket(program: Program, _dice: Random) -> list[str]:
    return each_line(program.source, lambda line: line + ")" if line.endswith(")") and "=" in line else None)


def _cut_reply(program: Program, _dice: Random) -> list[str]:
    last = program.source.rstrip("\n")
    return [last.rstrip(")]}") + "\n"] if last[-1] in ")]}" else []


def _fence(program: Program, dice: Random) -> list[str]:
    tag = dice.choice(("python", "", "py"))
    before, after = dice.choice(("", *_BEFORE)), dice.choice(("", *_AFTER))
    return [f"{before}```{tag}\n{program.source}```\n{after}", f"```{tag}\n{program.source}", f"{program.source}```\n"]


def _prose_before(program: Program, dice: Random) -> list[str]:
    return [dice.choice(_BEFORE) + program.source]


def _prose_after(program: Program, dice: Random) -> list[str]:
    return [program.source + dice.choice(_AFTER)]


def _typographic_quotes(program: Program, _dice: Random) -> list[str]:
    return each_line(
        program.source, lambda line: re.sub(r'"([^"\\{}]*)"', "\u201c\\1\u201d", line) if '"""' not in line else None
    )


def _print_statement(program: Program, _dice: Random) -> list[str]:
    found = []
    for node in calls(program.source, "print"):
        text = text_of(program.source, node)
        found.append(put(program.source, node, "print " + text.removeprefix("print(").removesuffix(")")))
    return found


def _nested_quotes(program: Program, _dice: Random) -> list[str]:
    return each_line(program.source, lambda line: re.sub(r"(f\"[^\"]*\{[^{}\"]*\[)'(\w+)'(\])", r'\1"\2"\3', line))


def _missing_colon(program: Program, _dice: Random) -> list[str]:
    opens = re.compile(r"\s*(for|if|else|with|def|elif|while)\b.*:$")
    return each_line(program.source, lambda line: line[:-1] if opens.match(line) else None)


def _stray_indent(program: Program, _dice: Random) -> list[str]:
    found = []
    for node in ast.parse(program.source).body:
        if node.lineno > 1 and node.lineno == node.end_lineno and isinstance(node, ast.Assign | ast.Expr):
            lines = program.source.split("\n")
            lines[node.lineno - 1] = "    " + lines[node.lineno - 1]
            found.append("\n".join(lines))
    return found


def _lost_indent(program: Program, _dice: Random) -> list[str]:
    found = []
    blocks: list[ast.For | ast.With] = [*nodes(program.source, ast.For), *nodes(program.source, ast.With)]
    for block in blocks:
        first, last = block.body[0].lineno - 1, block.body[-1].end_lineno or 0
        lines = program.source.split("\n")
        lines[first:last] = [line.removeprefix("    ") for line in lines[first:last]]
        found.append("\n".join(lines))
    return found


def _tab_indent(program: Program, _dice: Random) -> list[str]:
    return each_line(program.source, lambda line: "\t" + line[4:] if re.match(r"    [\w].*[\w)\]]$", line) else None)


def _open_string(program: Program, _dice: Random) -> list[str]:
    return each_line(
        program.source, lambda line: line[:-2] + ")" if line.endswith('")') and line.count('"') % 2 == 0 else None
    )


def _prompt_marks(program: Program, _dice: Random) -> list[str]:
    return [
        "".join((_PROMPT if line[:1].strip() else "... ") + line for line in program.source.splitlines(keepends=True))
    ]


def _assigned_condition(program: Program, _dice: Random) -> list[str]:
    return each_line(
        program.source, lambda line: line.replace(" == ", " = ", 1) if re.search(r"\(.* == ", line) else None
    )


def _numbered_lines(program: Program, _dice: Random) -> list[str]:
    return ["".join(f"{n:3d}  {line}" for n, line in enumerate(program.source.splitlines(keepends=True), 1))]


MUTATORS = tuple(
    Mutator(name, "static.syntax", mutate)
    for name, mutate in (
        ("unclosed_bracket", _unclosed_bracket),
        ("stray_bracket", _stray_bracket),
        ("cut_reply", _cut_reply),
        ("code_fence", _fence),
        ("prose_before", _prose_before),
        ("prose_after", _prose_after),
        ("typographic_quotes", _typographic_quotes),
        ("print_statement", _print_statement),
        ("nested_quotes", _nested_quotes),
        ("missing_colon", _missing_colon),
        ("stray_indent", _stray_indent),
        ("lost_indent", _lost_indent),
        ("tab_indent", _tab_indent),
        ("open_string", _open_string),
        ("prompt_marks", _prompt_marks),
        ("numbered_lines", _numbered_lines),
        ("assigned_condition", _assigned_condition),
    )
)
