"""Lets the rules try the whole corpus, and says what became of it."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hepcoder.benchmarks.faults.bench import Bench
from hepcoder.benchmarks.faults.curing import cure
from hepcoder.benchmarks.faults.records import Fault, Program, Result
from hepcoder.ledger.record import Record
from hepcoder.sandbox.base import Sandbox
from hepcoder.tools.pyfix import check_script, repair_script

AT_ONCE = 2


class Measurement(Record):
    """What the rules did with correct programs and with faults.

    Attributes:
        programs: Names of the correct programs.
        touched: Those that the rules change or the check refuses.
        results: One for each fault, in order.
    """

    programs: tuple[str, ...]
    touched: tuple[str, ...]
    results: tuple[Result, ...]


class BrokenProgramError(Exception):
    """A program of the corpus that must be correct does not run here."""


def measure(
    programs: Sequence[Program],
    faults: Sequence[Fault],
    sandbox: Sandbox,
    folder: Path,
    on_result: Callable[[Result], object] = lambda _result: None,
) -> Measurement:
    """Run every correct program, and let the rules try every fault.

    Args:
        programs: The correct programs.
        faults: Faults in them.
        sandbox: Where they run.
        folder: Scratch folder.
        on_result: Told of each result as soon as it is there, from any thread.

    Raises:
        BrokenProgramError: A correct program fails or breaks its contract, such as for want of a package.
        SandboxError: No sandbox can start.
    """
    kinds = list(dict.fromkeys(program.data for program in programs))

    def one_kind(data: str) -> tuple[list[str], list[Result]]:
        mine = {program.name: program for program in programs if program.data == data}
        bench = Bench(sandbox, data, folder / data)
        return _measured(mine, [fault for fault in faults if fault.program in mine], bench, on_result)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        parts = list(threads.map(one_kind, kinds))
    results = sorted((one for _, found in parts for one in found), key=lambda one: one.fault.id)
    return Measurement(
        programs=tuple(program.name for program in programs),
        touched=tuple(sorted(name for names, _ in parts for name in names)),
        results=tuple(results),
    )


def _measured(
    programs: dict[str, Program], faults: Iterable[Fault], bench: Bench, on_result: Callable[[Result], object]
) -> tuple[list[str], list[Result]]:
    touched, truths, results = [], {}, []
    for name, program in programs.items():
        known = bench.known(program)
        ran = bench.run(program, program.source)
        if ran.contents is None:
            message = f"the correct program {name!r} fails here: {ran.failure.message if ran.failure else ''}"
            raise BrokenProgramError(message)
        truths[name] = ran.contents
        if repair_script(program.source, known).source != program.source or check_script(program.source, known):
            touched.append(name)
    for fault in faults:
        results.append(cure(fault, bench, programs[fault.program], truths[fault.program]))
        on_result(results[-1])
    return touched, results
