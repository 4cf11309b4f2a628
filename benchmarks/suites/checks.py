"""What a schema cannot say about a task: that its parts fit each other."""

from collections import Counter
from collections.abc import Sequence
from string import Formatter

from hepcoder.benchmarks.suites.errors import EditError, SuiteError, ToleranceReasonError, UnknownOutputError
from hepcoder.benchmarks.suites.programs import edited_source, maker_path, reference_source
from hepcoder.benchmarks.suites.task import BenchTask, Edit, Rule
from hepcoder.ledger.errors import TaskError
from hepcoder.tools.contract import Output
from hepcoder.tools.outputs import check_outputs

_READABLE = ("json", "npz", "npy", "csv", "png")
_WITH_ONE_FLOW = 3  # counts, edges and one of both


def check_task(task: BenchTask) -> None:
    """Ensure that a task is whole.

    Raises:
        SuiteError: It is not; the classes in `errors` say which part.
    """
    _check_place(task)
    _check_prompt(task)
    _check_contract(task)
    for name, rule in task.grading.items():
        _check_rule(task, name, rule)
    _check_all_graded(task)
    reference_source(task)
    maker_path(task)
    _check_edits(task)


def covered_names(rule: Rule, output: Output, name: str) -> tuple[str, ...]:
    """Names of a file that a rule looks at: its own, and edges and flow of a histogram.

    Args:
        rule: The rule.
        output: The file's contract.
        name: The rule's own name in it; empty for the whole file.
    """
    if rule.kind != "histogram":
        return (name,)
    has = {field.name for field in output.fields}
    edges = rule.edges or name.replace("counts", "edges")
    flow = rule.flow or tuple(
        other for word in ("underflow", "overflow") if (other := name.replace("counts", word)) in has
    )
    return (name, edges, *flow)


def split_target(target: str) -> tuple[str, str]:
    """File and name of a grading entry; the name is empty for a whole file.

    Example:
        >>> split_target("result.json:mass"), split_target("plot.png")
        (('result.json', 'mass'), ('plot.png', ''))
    """
    file, _, name = target.partition(":")
    return file, name


def _check_place(task: BenchTask) -> None:
    if (task.suite, task.id) != (task.folder.parent.name, task.folder.name):
        message = f"{task.folder}/task.yaml calls itself {task.name!r}; id and suite are the names of its folders"
        raise SuiteError(message)


def _check_prompt(task: BenchTask) -> None:
    try:
        used = {name for _, name, _, _ in Formatter().parse(task.prompt) if name is not None}
    except ValueError as error:
        message = f"the prompt of {task.name} is no template ({error}); write {{{{ and }}}} for braces"
        raise SuiteError(message) from error
    unknown = sorted(used - set(task.constants))
    if unknown:
        message = f"the prompt of {task.name} uses {', '.join(unknown)}; its constants are {', '.join(task.constants)}"
        raise SuiteError(message)


def _check_contract(task: BenchTask) -> None:
    try:
        check_outputs(task.contract)
    except TaskError as error:
        message = f"the outputs of {task.name}: {error}"
        raise UnknownOutputError(message) from error
    for output in task.contract:
        if output.kind not in _READABLE:
            message = f"{task.name}: .{output.kind} files cannot be graded; ask for one of {', '.join(_READABLE)}"
            raise UnknownOutputError(message)
        if output.kind in ("json", "npz", "csv") and not output.fields:
            message = f"{task.name}: name what must be in {output.file!r}, such as {output.file}:mass"
            raise UnknownOutputError(message)


def _check_rule(task: BenchTask, target: str, rule: Rule) -> None:
    if rule.is_tolerant and not (rule.reason and rule.reason.strip()):
        message = f"the tolerance of {target!r} in {task.name} has no reason; say why a right answer may differ"
        raise ToleranceReasonError(message)
    needs = {
        "relative": rule.tolerance, "absolute": rule.tolerance, "pull": rule.tolerance and rule.uncertainty,
        "custom": rule.function,
    }  # fmt: skip
    if rule.kind in needs and not needs[rule.kind]:
        message = (
            f"{target!r} in {task.name}: kind {rule.kind} needs a tolerance, a pull its uncertainty, custom a function"
        )
        raise SuiteError(message)
    if (rule.moved and (rule.kind != "histogram" or rule.tolerance)) or (
        rule.kind in ("exact", "ids") and rule.tolerance
    ):
        message = (
            f"{target!r} in {task.name}: moved is for histograms of counts, and kind {rule.kind} as given has none"
        )
        raise SuiteError(message)
    file, name = split_target(target)
    output = next((each for each in task.contract if each.file == file), None)
    has = {field.name for field in output.fields} or {""} if output else set()
    extra = [each for each in (rule.by, rule.uncertainty) if each is not None]
    covered = covered_names(rule, output, name) if output else (name,)
    if rule.kind == "histogram" and len(covered) == _WITH_ONE_FLOW:
        message = f"{target!r} in {task.name} has {covered[-1]} alone; ask for underflow and overflow, or for neither"
        raise UnknownOutputError(message)
    wanted = {*covered, *extra}
    if output is None or not wanted <= has:
        message = f"{target!r} in {task.name} needs {sorted(wanted)}; the contract has {', '.join(task.outputs)}"
        raise UnknownOutputError(message)


def _check_all_graded(task: BenchTask) -> None:
    graded: Counter[tuple[str, str]] = Counter()
    for target, rule in task.grading.items():
        file, name = split_target(target)
        output = next(each for each in task.contract if each.file == file)
        graded.update((file, each) for each in covered_names(rule, output, name))
    asked = {(output.file, name) for output in task.contract for name in [f.name for f in output.fields] or [""]}
    for file, name in sorted(asked):
        if graded[file, name] != 1:
            message = f"{task.name}: {':'.join(filter(None, (file, name)))!r} has {graded[file, name]} rules, not one"
            raise UnknownOutputError(message)


def _check_edits(task: BenchTask) -> None:
    edits: Sequence[Edit] = (*task.mutants, *task.equivalents)
    twice = [name for name, times in Counter(edit.name for edit in edits).items() if times > 1]
    if twice:
        message = f"{task.name} has two edits named {twice[0]!r}; name one otherwise"
        raise EditError(message)
    for edit in edits:
        edited_source(task, edit)
