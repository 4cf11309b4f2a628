"""Runs the corpus: ``python -m hepcoder.benchmarks.faults [--rules-only] [--json FILE]``."""

import argparse
import sys
import tempfile
from pathlib import Path

from hepcoder.benchmarks.faults.corpus import build_corpus
from hepcoder.benchmarks.faults.measuring import measure
from hepcoder.benchmarks.faults.programs import load_programs
from hepcoder.benchmarks.faults.report import report
from hepcoder.sandbox.choose import choose_sandbox


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m hepcoder.benchmarks.faults", description=__doc__)
    parser.add_argument("--rules-only", action="store_true", help="repair by rules alone, which is all there is so far")
    parser.add_argument("--json", type=Path, help="file for every fault and what became of it")
    parser.add_argument("--sandbox", default="auto", help="tier of the sandbox, as of 'hepcoder solve'")
    arguments = parser.parse_args()
    programs = load_programs()
    faults = build_corpus(programs)
    with tempfile.TemporaryDirectory(prefix="hepcoder-faults-") as name:
        done = iter(range(1, len(faults) + 1))
        found = measure(
            programs,
            faults,
            choose_sandbox(arguments.sandbox),
            Path(name),
            lambda _result: print(f"\r{next(done)} of {len(faults)}", end="", file=sys.stderr),
        )
    print(file=sys.stderr)
    print(report(found))
    if arguments.json:
        arguments.json.write_text(found.model_dump_json(indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
