"""A solution as a notebook shows it."""

import base64
from html.parser import HTMLParser
from pathlib import Path

import pytest

from hepcoder.agents.solution import CutflowRow, Solution
from hepcoder.agents.solution_html import MOST_FIGURE_BYTES, MOST_VALUES, render_html, render_mimebundle
from hepcoder.ledger.events import Evidence
from hepcoder.ledger.failures import Failure
from hepcoder.ledger.totals import Totals

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
EVIL = "<script>alert('x')</script>\"&"


class Collector(HTMLParser):
    """Checks that tags nest, and collects tags and text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in {"br", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def parse(html: str) -> Collector:
    collector = Collector()
    collector.feed(html)
    assert collector.open == []
    return collector


def make_solution(**fields: object) -> Solution:
    defaults: dict[str, object] = {"run": "r1", "folder": "/runs/r1", "status": "unverified", "model": "local:m"}
    return Solution.model_validate({**defaults, **fields})


def test_a_bare_solution_is_well_formed_and_says_its_status() -> None:
    found = parse(render_html(make_solution()))
    assert "unverified" in found.text
    assert "no cost" in found.text
    assert "img" not in found.seen


def test_figure_cutflow_values_checks_and_cost_are_shown(tmp_path: Path) -> None:
    (tmp_path / "mass.png").write_bytes(PNG)
    html = render_html(
        make_solution(
            outputs={"mass.png": tmp_path / "mass.png"},
            cutflow=(CutflowRow(name="all", n_events=200), CutflowRow(name="two photons", n_events=50)),
            values={"mean_mass": 121.0938471},
            evidence=(Evidence(name="contract", outcome="pass", detail="fine"),),
            history=(Failure(stage="execution", name="key", message="no key"),),
            totals=Totals(calls=2, attempts=2, unpriced_attempts=2, executions=1),
            seconds=3.0,
        )
    )
    found = parse(html)
    assert base64.b64encode(PNG).decode() in html
    for wanted in ("two photons", "25.0%", "121.094", "✓ contract: fine", "execution.key: no key", "unpriced", "3.0 s"):
        assert wanted in found.text


def test_everything_from_models_and_files_is_escaped(tmp_path: Path) -> None:
    picture = tmp_path / "<b>.png"
    picture.write_bytes(PNG)
    found = parse(
        render_html(
            make_solution(
                run=EVIL,
                status="failed",
                failure=Failure(stage="execution", name="key", message=EVIL),
                outputs={EVIL + ".png": picture},
                cutflow=(CutflowRow(name=EVIL, n_events=0),),
                values={EVIL: EVIL},
                evidence=(Evidence(name=EVIL, outcome="fail", detail=EVIL),),
                history=(Failure(stage="execution", name="key", message=EVIL),),
                attempts=(EVIL,),
            )
        )
    )
    assert "script" not in found.seen
    assert found.text.count("alert('x')") >= 7


@pytest.mark.parametrize("content", [b"<svg onload=alert(1)>", b""])
def test_a_file_that_is_no_png_is_not_shown(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mass.png").write_bytes(content)
    assert "img" not in parse(render_html(make_solution(outputs={"mass.png": tmp_path / "mass.png"}))).seen


def test_a_huge_figure_is_named_instead(tmp_path: Path) -> None:
    (tmp_path / "mass.png").write_bytes(PNG + b"\0" * MOST_FIGURE_BYTES)
    found = parse(render_html(make_solution(outputs={"mass.png": tmp_path / "mass.png"})))
    assert "img" not in found.seen
    assert str(tmp_path / "mass.png") in found.text


def test_many_values_are_cut_and_counted() -> None:
    values = {f"v{index}": index for index in range(MOST_VALUES + 7)}
    assert "… 7 more" in parse(render_html(make_solution(values=values))).text


def test_files_that_are_gone_are_left_out(tmp_path: Path) -> None:
    assert "img" not in parse(render_html(make_solution(outputs={"mass.png": tmp_path / "gone.png"}))).seen


def test_a_notebook_may_choose_text() -> None:
    bundle = render_mimebundle(make_solution())
    assert bundle["text/plain"] == "Solution(unverified, run r1, 0 outputs)"
    assert bundle["text/html"] == render_html(make_solution())
