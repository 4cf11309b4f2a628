"""The control with null data: only where a task has such data, with the truth of these data, and replayed alike."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness_case import CountingModel, right_script, write_task

from hepcoder.benchmarks.harness.archive import open_study, write_archive
from hepcoder.benchmarks.harness.asking import make_study
from hepcoder.benchmarks.harness.estimate import estimate
from hepcoder.benchmarks.harness.executors import ThreadExecutor
from hepcoder.benchmarks.harness.folder import StudyFolder
from hepcoder.benchmarks.harness.matrix import cells_of
from hepcoder.benchmarks.harness.replaying import replay_study
from hepcoder.benchmarks.harness.running import Conduct, run_study
from hepcoder.benchmarks.harness.tasks import task_of
from hepcoder.benchmarks.statistics.summary import summarise

pytestmark = pytest.mark.filterwarnings("ignore:sandbox 'none'")
NULL_MAKER = """
import random
from pathlib import Path

def make(folder, seed, constants, null=False):
    numbers = random.Random(seed)
    most = 10 if null else 100
    text = "value\\n" + "".join(f"{numbers.uniform(0, most):.3f}\\n" for _ in range(50))
    (Path(folder) / "values.csv").write_text(text)
"""
FOUND_ANYWAY = "import json\njson.dump({'n_above': 17, 'largest': 99.5}, open('result.json', 'w'))\n"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HEPCODER_API_KEY", "sk-loopback-0123456789")
    monkeypatch.delenv("HEPCODER_BASE_URL", raising=False)
    task_of.cache_clear()
    yield
    task_of.cache_clear()


def studied(tmp_path: Path, model: CountingModel) -> StudyFolder:
    """A search with null data and a count without, by the agent of one shot."""
    search = write_task(tmp_path / "tiny", "search", null=True)
    (search / "make.py").write_text(NULL_MAKER)
    asked: dict[str, Any] = {
        "tasks": [str(search), str(write_task(tmp_path / "tiny"))],
        "models": [{"name": "compatible:m", "base_url": model.address}],
        "agents": ["single"],
        "controls": ["null_data"],
    }
    folder = StudyFolder(tmp_path / "study")
    folder.freeze(make_study(asked, source="the test"))
    cells = cells_of(folder.read())
    assert [line.cells for line in estimate(cells, cells, [])] == [3]
    outcome = run_study(folder, ThreadExecutor(), Conduct(lanes=2, scripts=2, sandbox="none"))
    assert (outcome.missing, outcome.broken) == (0, {})
    return folder


def test_nothing_is_found_in_null_data_by_a_right_script(tmp_path: Path) -> None:
    model = CountingModel(right_script)
    folder = studied(tmp_path, model)
    model.close()
    results = {(result.key.task, result.key.data): result for result in folder.results()}
    assert results.keys() == {("search", "full"), ("search", "null"), ("count", "full")}
    assert {(result.grade, result.success) for result in results.values()} == {("pass", True)}
    (truth,) = folder.path.glob("variants/tiny-search-*-null-*/expected/result.json")
    assert '"n_above": 0' in truth.read_text()
    write_archive(folder, tmp_path / "study.tar.xz")
    with open_study(tmp_path / "study.tar.xz") as again:
        rows = replay_study(again, sandbox="none")
    assert [(row.differences, row.skipped) for row in rows] == [((), "")] * 3


def test_what_is_found_in_null_data_is_wrong_and_no_success_of_the_agent(tmp_path: Path) -> None:
    model = CountingModel(lambda _: f"```python\n{FOUND_ANYWAY}```\n")
    folder = studied(tmp_path, model)
    model.close()
    results = folder.results()
    assert {result.grade for result in results} == {"fail"}
    (contender,) = summarise(results).contenders
    assert contender.score.success.n == 2  # the control is counted apart
