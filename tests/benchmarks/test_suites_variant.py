"""Variants: shifted constants, seeded data, the same bytes for the same seed."""

from pathlib import Path

import pytest
from bench_case import REFERENCE, small_task
from hypothesis import given
from hypothesis import strategies as st

from hepcoder.benchmarks.grading import grade
from hepcoder.benchmarks.suites.constants import Range, draw_constants
from hepcoder.benchmarks.suites.errors import VariantError
from hepcoder.benchmarks.suites.loading import SUITES, load_task
from hepcoder.benchmarks.suites.variant import Variant, make_variant

TASKS = sorted(path.parent.relative_to(SUITES).as_posix() for path in SUITES.glob("*/*/task.yaml"))
FIRST = {name.partition("/")[0]: name for name in reversed(TASKS)}.values()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize(
    "name", [name if name in FIRST else pytest.param(name, marks=pytest.mark.thorough) for name in TASKS]
)
def test_the_same_seed_gives_the_same_bytes_and_another_one_does_not(name: str, tmp_path: Path) -> None:
    task = load_task(SUITES / name)
    one, two = make_variant(task, 5, tmp_path / "one"), make_variant(task, 5, tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert one.model_copy(update={"folder": two.folder}) == two
    other = make_variant(task, 5, tmp_path / "other", data_seed=6)
    assert (other.constants, other.prompt) == (one.constants, one.prompt)
    assert contents(other.data) != contents(one.data)
    assert grade(task, one, two.expected).verdict == "pass"
    assert grade(task, one, other.expected).verdict == "fail"  # an answer learnt by heart


def test_a_variant_is_a_record_with_its_files(tmp_path: Path) -> None:
    task = small_task(tmp_path)
    variant = make_variant(task, 3, tmp_path / "v")
    assert variant.prompt == f"Take the odd ones of {variant.constants['n']} numbers; {{}} are braces."
    assert [path.is_file() for path in variant.inputs] == [True]
    assert Variant.model_validate_json(variant.model_dump_json()) == variant
    (variant.data / "left_over").write_text("x")
    make_variant(task, 3, tmp_path / "v")
    assert not (variant.data / "left_over").exists()


def test_null_data_only_where_the_maker_has_it(tmp_path: Path) -> None:
    with pytest.raises(VariantError, match="no null data"):
        make_variant(small_task(tmp_path / "a"), 1, tmp_path / "v", null=True)
    maker = 'def make(folder, seed, constants, *, null=False):\n    (folder / "data.txt").write_text(str(null))\n'
    task = small_task(tmp_path / "b", maker=maker, null=True)
    assert make_variant(task, 1, tmp_path / "v", null=True).inputs[0].read_text() == "True"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"maker": "def make(folder, seed, constants):\n    1 / 0\n"}, "maker of made/small failed .*division"),
        ({"maker": "def make(folder, seed, constants):\n    pass\n"}, "did not write data.txt"),
        ({"reference": REFERENCE + "    raise KeyError('branch')\n"}, "reference of made/small failed .*branch"),
        ({"reference": REFERENCE + "    (outputs / 'h.npz').unlink()\n"}, "did not write h.npz"),
        ({"margin": 0.1}, "must return the smallest distance"),
        ({"reference": REFERENCE + "    return 0.01\n", "margin": 0.1}, "came closer than 0.1"),
    ],
)
def test_what_fails_is_named(tmp_path: Path, changes: dict[str, object], says: str) -> None:
    with pytest.raises(VariantError, match=says):
        make_variant(small_task(tmp_path, **changes), 1, tmp_path / "v")


def test_data_that_come_too_close_are_drawn_again(tmp_path: Path) -> None:
    reference = REFERENCE + "    return int((inputs / 'data.txt').read_text()) % 10 / 10\n"
    task = small_task(tmp_path, reference=reference, margin=0.7)
    last = [int(make_variant(task, seed, tmp_path / "v").inputs[0].read_text()) % 10 for seed in range(12)]
    assert min(last) >= 7


@given(st.integers(), st.lists(st.integers(), min_size=1, max_size=5, unique=True))
def test_a_constant_depends_on_its_own_name_alone(seed: int, values: list[int]) -> None:
    alone = draw_constants({"a": tuple(values)}, task="s/t", seed=seed)
    both = draw_constants({"b": (1, 2), "a": tuple(values)}, task="s/t", seed=seed)
    assert both["a"] == alone["a"]
    assert alone["a"] in values


def test_every_value_is_drawn_some_time() -> None:
    allowed = Range(low=0.1, high=0.5, step=0.1)
    drawn = {draw_constants({"x": allowed}, task="s/t", seed=seed)["x"] for seed in range(100)}
    assert drawn == set(allowed.values) == {0.1, 0.2, 0.3, 0.4, 0.5}
