"""The report as a reader gets it."""

import base64
import csv
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pyarrow.parquet as pq
import pytest
from study_case import MODELS, key, make, study

from hepcoder.benchmarks.cells import CellResult
from hepcoder.benchmarks.report.cell_files import COLUMNS
from hepcoder.benchmarks.report.inspect_logs import InspectMissingError, write_inspect_logs
from hepcoder.benchmarks.report.writing import write_comparison, write_report
from hepcoder.benchmarks.statistics.changes import compare
from hepcoder.benchmarks.statistics.selection import CellsError
from hepcoder.benchmarks.statistics.summary import summarise

STUDY = study()
CREATED = "2026-11-22T05:00:00+00:00"
HOSTILE = "local:<script>alert('x')</script>|*a*\n"


class Page(HTMLParser):
    """What a page holds: its tables as text, its tags, and what it fetches."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.tags: list[str] = []
        self.sources: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.sources += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "img", "link", "br"):
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.tables[-1][-1][-1] += data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "new"
    write_report(STUDY, folder, "A study that might have been")
    return folder


@pytest.fixture(scope="module")
def page(folder: Path) -> Page:
    return Page((folder / "report.html").read_text(encoding="utf-8"))


def test_it_writes_the_same_bytes_for_any_order_of_cells(folder: Path, tmp_path: Path) -> None:
    written = write_report(STUDY[::-1], tmp_path, "A study that might have been")
    names = [path.name for path in written]
    assert (names[:2], names[-2:]) == (["report.html", "report.md"], ["cells.csv", "cells.parquet"])
    assert all(name.startswith("report_") and name.endswith(".svg") for name in names[2:-2])
    for path in written:
        assert path.read_bytes() == (folder / path.name).read_bytes(), path.name


def test_the_page_is_whole_and_needs_nothing_else(page: Page) -> None:
    assert page.open == []
    assert len(page.sources) > 10
    assert all(source.startswith(("data:image/svg+xml;base64,", "#")) for source in page.sources)
    assert "link" not in page.tags
    assert "iframe" not in page.tags


def test_every_figure_is_a_drawing_with_something_in_it(page: Page) -> None:
    figures = [source for source in page.sources if source.startswith("data:")]
    assert len(figures) == 9
    for source in figures:
        root = ET.fromstring(base64.b64decode(source.partition(",")[2]))
        assert root.tag.endswith("svg")
        assert len(list(root.iter("{http://www.w3.org/2000/svg}path"))) > 20


def test_the_tables_of_the_page_hold_the_numbers_of_the_summary(page: Page) -> None:
    success = page.tables[0]
    assert success[0][:4] == ["agent", "model", "right", "rate"]
    for row, contender in zip(success[1:], summarise(STUDY).contenders, strict=True):
        score = contender.score
        assert row[:3] == [score.agent, score.model, f"{score.success.successes}/{score.success.n}"]
        assert row[7] == f"{score.success_of_all.successes}/{score.success_of_all.n}"
        assert row[9] == str(score.infrastructure)
    assert all(len(row) == len(table[0]) for table in page.tables for row in table)


def test_what_is_undefined_is_said_in_words_and_never_a_nought(page: Page) -> None:
    (spent,) = [table for table in page.tables if "per success" in table[0]]
    unpriced = [row for row in spent if row[1].startswith("local:") and row[2] == "dollars"]
    assert len(unpriced) == 3
    assert all(row[3:5] == ["unpriced", "unpriced"] and row[8] == "unpriced" for row in unpriced)
    (prices,) = [table for table in page.tables if "dollars per success" in table[0]]
    assert {tuple(row[2:4]) for row in prices if row[1].startswith("local:")} == {("unpriced", "unpriced")}
    text = " ".join(entry for table in page.tables for row in table for entry in row)
    assert not re.search(r"\b(nan|inf|None)\b", text)


def test_markdown_has_the_same_tables(page: Page, folder: Path) -> None:
    text = (folder / "report.md").read_text(encoding="utf-8")
    assert len(re.findall(r"^\|( --- \|)+$", text, re.MULTILINE)) == len(page.tables)
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    assert len(rows) == sum(len(table) for table in page.tables)
    assert "**Caution:** openai:mini-6: the sampling parameters sent are not those asked for" in text
    drawings = re.findall(r"^!\[.+\]\((\S+)\)$", text, re.MULTILINE)
    assert sorted(drawings) == sorted(path.name for path in folder.glob("*.svg"))
    assert len(drawings) == 9


def test_names_from_outside_stay_text(tmp_path: Path) -> None:
    cells = [make(key=key("plain", model, f"adl/{t}", 0)) for model in (HOSTILE, "m") for t in "abc"]
    write_report(cells, tmp_path, "<b>title</b>")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<script>alert" not in text
    assert "<b>title" not in text
    assert Page(text).open == []
    markdown = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "<script>" not in markdown.replace("\\<", "")
    for block in re.findall(r"(?:^\|.*\n)+", markdown, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1, block
    assert "local:\\<script\\>alert('x')\\</script\\>\\|\\*a\\*" in markdown


def test_csv_and_parquet_hold_every_attempt(folder: Path) -> None:
    table = pq.read_table(folder / "cells.parquet")
    assert tuple(table.column_names) == COLUMNS
    assert table.num_rows == len(STUDY)
    rows = table.to_pylist()
    assert sum(row["success"] is True for row in rows) == sum(cell.success is True for cell in STUDY)
    assert sum(row["usd"] is None for row in rows) == sum(cell.usd is None for cell in STUDY)
    with (folder / "cells.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["model"] for line in lines] == [row["model"] for row in rows]
    assert [line["usd"] == "" for line in lines] == [row["usd"] is None for row in rows]


def test_parquet_has_the_same_types_for_a_study_of_nothing(folder: Path, tmp_path: Path) -> None:
    write_report([make(grade=None, infrastructure=True)], tmp_path, "spoiled")
    assert pq.read_schema(tmp_path / "cells.parquet") == pq.read_schema(folder / "cells.parquet")
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| plain | local:a | 0/0 | — | — | — | 0 | 0/1 | 0 % | 1 | 0 |" in text


@pytest.mark.parametrize(
    "cells",
    [
        [make(calls=1, input_tokens=1, output_tokens=1, usd=0.0)],
        [make(grade="pass", failures=("static.syntax",))],
        [make(key=key(agent, "m", "adl/a", 0)) for agent in ("plain", "single")],
        [make(key=key("plain", f"m{i}", "adl/a", 0), grade="pass", seconds=1.0) for i in range(9)],
    ],
    ids=["free", "one", "two agents", "nine models"],
)
def test_small_studies_have_reports_too(cells: list[CellResult], tmp_path: Path) -> None:
    write_report(cells, tmp_path, "small")
    assert Page((tmp_path / "report.html").read_text(encoding="utf-8")).open == []


def test_no_cell_is_an_error_before_any_file(tmp_path: Path) -> None:
    with pytest.raises(CellsError):
        write_report([], tmp_path / "none", "empty")
    assert not (tmp_path / "none").exists()


def test_a_comparison_names_what_changed(tmp_path: Path) -> None:
    written = write_comparison(compare(STUDY, study(seed=2, shift=-2.5)), tmp_path, "Before and after")
    assert [path.name for path in written] == ["comparison.html", "comparison.md"]
    success, costs, flips = Page(written[0].read_text(encoding="utf-8")).tables
    assert success[0][-2:] == ["changed", "detectable"]
    assert {row[-2] for row in success[1:]} == {"yes"}
    assert len(costs) == 1 + 9 * 5
    assert len(flips) > 50


def test_a_comparison_with_nothing_in_common_says_so(tmp_path: Path) -> None:
    after = [make(key=key("plain", "local:a", "adl/b", 0))]
    text = write_comparison(compare([make()], after), tmp_path, "Nothing")[1].read_text(encoding="utf-8")
    assert "1 cells of the first run are missing in the second" in text
    assert "| plain | local:a | 0/0 | 0/0 | — | — | — | — | no common task | — |" in text


def test_logs_for_inspect_hold_every_cell(tmp_path: Path) -> None:
    log_module = pytest.importorskip("inspect_ai.log", reason="inspect_ai is not installed")
    peaks = [cell for cell in STUDY if cell.key.suite == "peaks" and cell.key.agent == "supervisor"]
    assert len(write_inspect_logs(peaks, tmp_path / "all", created=CREATED)) == 3 * len(MODELS)
    cells = [cell for cell in peaks if cell.key.data == "full"]
    written = write_inspect_logs(cells, tmp_path, created=CREATED)
    assert len(written) == len(MODELS)
    logs = [log_module.read_eval_log(str(path)) for path in written]
    samples = [sample for log in logs for sample in log.samples]
    final = {cell.key: cell for cell in sorted(cells, key=lambda cell: cell.attempt)}.values()
    assert len(samples) == len(final)
    assert sum((s.scores or {}).get("grade") is not None for s in samples) == sum(c.counts for c in final)
    assert sum(s.error is not None for s in samples) == sum(not c.counts for c in final)
    assert sum(len(s.error_retries or ()) for s in samples) == len(cells) - len(final)
    for log in logs:
        summary = summarise([c for c in cells if c.key.model.replace(":", "/") == log.eval.model])
        assert log.results.scores[0].metrics["accuracy"].value == summary.contenders[0].score.success.rate
    with pytest.raises(CellsError):
        write_inspect_logs([make(), make()], tmp_path, created=CREATED)


def test_without_inspect_the_way_out_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "inspect_ai.log", None)
    with pytest.raises(InspectMissingError, match="pip install inspect-ai"):
        write_inspect_logs([make()], tmp_path, created=CREATED)


def test_a_time_without_a_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'2026-11-22T05:00:00' has no time zone"):
        write_inspect_logs([make()], tmp_path, created="2026-11-22T05:00:00")


def test_importing_the_report_loads_nothing_heavy() -> None:
    program = (
        "import sys, hepcoder.benchmarks.report.writing, hepcoder.benchmarks.report.inspect_logs;"
        "print(sorted({'numpy', 'scipy', 'matplotlib', 'pyarrow', 'jinja2', 'inspect_ai'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == "[]"
