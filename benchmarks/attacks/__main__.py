"""Runs the attacks on the sandboxes of this machine and prints what came of them.

Run as ``python -m hepcoder.benchmarks.attacks [--tier T] [--as-user UID] [--json FILE] [--markdown]``. The verdicts
that are kept beside the code come from ``--json benchmarks/attacks/results.json``, once for each tier and user;
``--write-readme README.md`` then shows them there.
"""

import argparse
import sys
from pathlib import Path

from hepcoder.benchmarks.attacks.attack import Column
from hepcoder.benchmarks.attacks.corpus import ATTACKS
from hepcoder.benchmarks.attacks.results import RESULTS, merged, read_results, write_results
from hepcoder.benchmarks.attacks.runner import run_corpus
from hepcoder.benchmarks.attacks.spawn import CANNOT_START, Skipped, run_apart
from hepcoder.benchmarks.attacks.table import long_table, readme_block, replace_block, short_table
from hepcoder.benchmarks.attacks.tiers import TIERS
from hepcoder.ledger.errors import SandboxError


def main() -> int:
    """Run what was asked for and return the exit code: 5 when no tier could start, 0 otherwise."""
    arguments = _parser().parse_args()
    if arguments.column:
        return _print_column(arguments.tier or TIERS[0])
    if arguments.write_readme:
        _write_readme(arguments.write_readme, arguments.json or RESULTS)
        return 0
    tiers = [arguments.tier] if arguments.tier else [tier for tier in TIERS if tier != "none"]
    outcomes = [run_apart(tier, arguments.as_user) for tier in tiers]
    columns = [outcome for outcome in outcomes if isinstance(outcome, Column)]
    for outcome in outcomes:
        if isinstance(outcome, Skipped):
            print(f"skipped: {outcome.tier}: {outcome.reason}", file=sys.stderr)
    print(long_table(columns, ATTACKS) if arguments.markdown else short_table(columns, ATTACKS))
    if arguments.json:
        write_results(arguments.json, merged(read_results(arguments.json), columns))
    return 0 if columns else CANNOT_START


def _write_readme(readme: Path, results: Path) -> None:
    block = readme_block(read_results(results), ATTACKS)
    readme.write_text(replace_block(readme.read_text(encoding="utf-8"), block), encoding="utf-8")


def _print_column(tier: str) -> int:
    try:
        column = run_corpus(tier, ATTACKS)
    except SandboxError as error:
        print(error, file=sys.stderr)
        return CANNOT_START
    print(column.model_dump_json())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tier", choices=TIERS, help="which; else all but none")
    parser.add_argument("--as-user", type=int, metavar="UID", help="run hepcoder as another user; only root can")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the verdicts here, with those of other tiers")
    parser.add_argument("--markdown", action="store_true", help="print a row for each attack, with reasons")
    parser.add_argument(
        "--write-readme", type=Path, metavar="FILE", help="run nothing; put the kept verdicts into this file"
    )
    parser.add_argument("--column", action="store_true", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
