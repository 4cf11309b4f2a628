"""The chain of the diphoton suite: its data are physics, its steps fit each other, its rules tell honest from not."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import uproot
import yaml
from bench_case import write_task

from hepcoder.benchmarks.suites.constants import draw_constants
from hepcoder.benchmarks.suites.errors import SuiteError
from hepcoder.benchmarks.suites.events.momenta import boosted, masses
from hepcoder.benchmarks.suites.events.particles import Kind
from hepcoder.benchmarks.suites.hyy import checks
from hepcoder.benchmarks.suites.hyy.chain import INPUTS, STEPS, make_inputs, run_reference
from hepcoder.benchmarks.suites.hyy.collisions import continuum
from hepcoder.benchmarks.suites.hyy.maker import SIGNALS, make
from hepcoder.benchmarks.suites.loading import SUITES, load_suite, load_task
from hepcoder.benchmarks.suites.variant import make_variant

SHARED: Mapping[str, Any] = yaml.safe_load((SUITES / "hyy" / "constants.yaml").read_text())


def constants_of(seed: int) -> dict[str, Any]:
    return draw_constants({name: tuple(values) for name, values in SHARED.items()}, task="hyy", seed=seed)


def pair_masses(raw: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Masses of the two hardest photons of rows that have them, GeV."""
    pt1, eta1, phi1, pt2, eta2, phi2 = raw[~np.isnan(raw[:, 3]), :6].T
    return np.asarray(np.sqrt(2 * pt1 * pt2 * (np.cosh(eta1 - eta2) - np.cos(phi1 - phi2))))


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ROOT files and their rows, with signal; the same without in the folder `null`."""
    folder = tmp_path_factory.mktemp("raw")
    make(folder, 11, constants_of(1))
    run_reference("convert", folder, folder, constants_of(1))
    return folder


def test_all_steps_share_constants_and_hand_on_their_files() -> None:
    tasks = {task.id: task for task in load_suite("hyy") if not task.steps}
    assert set(tasks) == set(STEPS)
    drawn = [draw_constants(task.constants, task=task.drawn_as, seed=4) for task in tasks.values()]
    assert all(each == drawn[0] == constants_of(4) for each in drawn)
    known = {"data_A.root", *SIGNALS}
    for step in STEPS:
        assert set(tasks[step].inputs) <= known
        assert tasks[step].inputs == INPUTS.get(step, tasks[step].inputs)
        outputs = {output.file for output in tasks[step].contract}
        assert not outputs & known
        known |= outputs
    assert all("mu_true" not in task.prompt for task in tasks.values())


def test_thresholds_are_exact_in_both_units_and_precisions() -> None:
    for name in ("pt_first", "pt_second", "eta_max", "crack_low", "crack_high"):
        for value in SHARED[name]:
            assert float(np.float32(value)) == value
            assert float(np.float32(1000 * value)) * 0.001 == float(np.float32(1000 * value)) / 1000 == value


def test_the_maker_is_deterministic_and_files_are_small(raw: Path, tmp_path: Path) -> None:
    make(tmp_path, 11, constants_of(1))
    for name in ("data_A.root", *SIGNALS):
        assert (tmp_path / name).read_bytes() == (raw / name).read_bytes()
        assert len((raw / name).read_bytes()) < 2_000_000


def test_signal_peaks_at_its_mass_and_only_there(raw: Path) -> None:
    """Two photons of 1.5 to 2 % each make a width of 1 to 1.6 %; the median of n is known to 1.25 sigma/sqrt(n)."""
    mass = constants_of(1)["mass"]
    near = [each for each in pair_masses(np.load(raw / "signal_raw.npy")) if abs(each - mass) < 6]
    assert len(near) > 1500
    assert np.median(near) == pytest.approx(mass, abs=5 * 1.25 * 1.6 / np.sqrt(len(near)))
    assert 0.010 < np.std(near) / mass < 0.016


def test_photons_of_the_continuum_are_along_the_beam() -> None:
    """The mean of |cos| under (1 + cos^2) / (1 - cos^2) up to L is (-L^2/2 - ln(1 - L^2)) / (2 artanh L - L)."""
    n, largest = 20_000, 0.92
    found = continuum(np.random.default_rng(3), n)
    one, other = np.split(found.momenta[found.kind == Kind.PHOTON], 2)
    systems = one + other
    away = systems * [1, -1, -1, -1]
    cosine = np.abs(boosted(one, away)[:, 3]) / boosted(one, away)[:, 0]
    assert cosine.max() < largest + 1e-9
    mean = (-(largest**2) / 2 - np.log(1 - largest**2)) / (2 * np.arctanh(largest) - largest)
    assert np.mean(cosine) == pytest.approx(mean, abs=5 * np.std(cosine) / np.sqrt(n))
    assert masses(systems).min() > 90 - 1e-6
    np.testing.assert_allclose(np.abs(boosted(other, away)), np.abs(boosted(one, away)), atol=1e-6)


def test_events_without_objects_and_values_on_the_cuts_are_there(raw: Path) -> None:
    rows, c = np.load(raw / "data_raw.npy"), constants_of(1)
    n_photons = np.sum(~np.isnan(rows[:, [0, 3]]), axis=1)
    assert set(n_photons) == {0, 1, 2}
    assert np.isnan(rows[:, 12]).any()
    assert np.isfinite(np.load(raw / "signal_raw.npy")[:, 27]).any()
    for column, name in ((0, "pt_first"), (3, "pt_second"), (1, "eta_max"), (1, "crack_low"), (1, "crack_high")):
        assert np.sum(np.abs(rows[:, column]) == c[name]) > 10, name
    assert len(set(rows[:, 42])) == len(rows)


def test_weights_are_those_of_a_part_of_what_was_generated(raw: Path) -> None:
    for name, (_, xsec) in SIGNALS.items():
        with uproot.open(raw / name) as file:
            arrays = file["mini"].arrays(["mcWeight", "SumWeights", "XSection"], library="np")
        assert 0.75 < arrays["mcWeight"].sum() / arrays["SumWeights"][0] < 0.85
        assert (arrays["mcWeight"] < 0).any()
        assert arrays["XSection"][0] * 1000 == pytest.approx(constants_of(1)[xsec], rel=1e-6)


def test_null_data_hold_no_signal(raw: Path, tmp_path: Path) -> None:
    c = constants_of(1)
    make(tmp_path, 11, c, null=True)
    run_reference("convert", tmp_path, tmp_path, c)
    excess = []
    for folder in (raw, tmp_path):
        away = np.abs(pair_masses(np.load(folder / "data_raw.npy")) - c["mass"])
        excess.append(np.sum(away < 3) - np.sum((away > 6) & (away < 12)) / 2)
    assert excess[1] < 60 < excess[0]


def test_a_step_asked_twice_reads_the_same_and_another_step_cannot_be_asked(tmp_path: Path) -> None:
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        make_inputs("preprocess", tmp_path / place, 3, constants_of(2))
    for name in INPUTS["preprocess"]:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    with pytest.raises(ValueError, match="no step 'unfold'; there are inspect, convert"):
        run_reference("unfold", tmp_path, tmp_path, {})


def honest(folder: Path) -> dict[str, Any]:
    """Scores of a reference in a folder of expected outputs: better for signal, blind to the mass."""
    rng = np.random.default_rng(1)
    mass = rng.uniform(100, 140, 900)
    window = np.abs(mass - 120) < 5
    scores: dict[str, Any] = {"signal": rng.beta(3, 2, 700), "data": rng.beta(2, 3, 900)}
    scores["bkgd"] = scores["data"][~window]
    scores["auc"] = np.array(checks.auc_of(scores["signal"], scores["bkgd"]))
    np.savez(folder / "scores.npz", **scores)
    np.savez(folder / "facts.npz", bkgd_in_data=np.flatnonzero(~window), mass=mass, in_window=window)
    return scores


def reasons(found: Mapping[str, Any], folder: Path) -> str:
    told = checks.signal_scores(found["signal"], folder, {}) + checks.bkgd_scores(found["bkgd"], folder, {}, found)
    told += checks.data_scores(found["data"], folder, {}) + checks.auc(found["auc"], folder, {}, found)
    return "; ".join(told)


def test_rules_for_scores_accept_any_scale_and_refuse_what_is_not_honest(tmp_path: Path) -> None:
    right = honest(tmp_path)
    squared: dict[str, Any] = {name: right[name] ** 2 for name in ("signal", "bkgd", "data")} | {"auc": right["auc"]}
    assert reasons(right, tmp_path) == reasons(squared, tmp_path) == ""
    with np.load(tmp_path / "facts.npz") as file:
        window, mass = file["in_window"], file["mass"]
    better = np.sqrt(right["signal"])
    knows = np.where(window, 0.5 + right["data"] / 2, right["data"] / 2)
    guesses = np.where(window, right["data"] ** 1.06, right["data"])
    little = right["signal"] ** 0.92
    wrong: dict[str, dict[str, Any]] = {
        "should have": {"signal": right["signal"][:-1]},
        r"outside of 0": {"signal": right["signal"] * 2},
        "are equal": {"signal": np.full(700, 0.5)},
        "another score in 'bkgd'": {"bkgd": right["bkgd"][::-1]},
        "saved scores give": {"auc": right["auc"] + 0.001},
        "less than": {"signal": 1 - right["signal"]},
        "more than unseen events allow": {"signal": better, "auc": checks.auc_of(better, right["bkgd"])},
        "mass window": {"data": knows},
        "together": {"signal": little, "data": guesses, "auc": checks.auc_of(little, right["bkgd"])},
        "rank correlation": {"data": mass / 200},
    }
    for says, change in wrong.items():
        assert says in reasons({**right, **change}, tmp_path), says
    for part in ({"signal": little, "auc": checks.auc_of(little, right["bkgd"])}, {"data": guesses}):
        assert reasons({**right, **part}, tmp_path) == "", part


def test_rules_for_other_numbers() -> None:
    c, nowhere = {"xsec_ggh": 50.0, "xsec_wh": 6.0}, Path()
    assert checks.classifier("TabPFN", nowhere, c) == []
    assert "classifier is" in checks.classifier(["x"], nowhere, c)[0]
    found = {"mu": 0.5, "mu_error": 0.1}
    assert checks.cross_section(28.0, nowhere, c, found) == checks.cross_section_error(5.6, nowhere, c, found) == []
    assert "strength gives 28" in checks.cross_section(0.5, nowhere, c, found)[0]
    assert "one number" in checks.cross_section([28.0], nowhere, c, found)[0]


def test_common_constants_are_merged_and_count_in_the_digest(tmp_path: Path) -> None:
    folder = write_task(tmp_path)
    alone = load_task(folder)
    assert alone.drawn_as == ""
    shared = folder.parent / "constants.yaml"
    shared.write_text("mass: [118.4, 121.3]\n")
    first = load_task(folder)
    assert (first.drawn_as, set(first.constants)) == ("made", {"n", "mass"})
    other = folder.parent / "other" / "reference.py"
    other.parent.mkdir()
    other.write_text("x = 1\n")
    second = load_task(folder)
    shared.write_text("mass: [118.4]\n")
    assert len({alone.digest, first.digest, second.digest, load_task(folder).digest}) == 4
    assert make_variant(load_task(folder), 1, tmp_path / "v").constants["mass"] == 118.4
    shared.write_text("n: [9]\n")
    with pytest.raises(SuiteError, match="sets n, which .*constants.yaml sets; keep one"):
        load_task(folder)


def toy(rng: np.random.Generator, rows: list[dict[str, str]], c: Mapping[str, Any], mu: float, folder: Path) -> None:
    """Masses drawn from the model of the fit: expected background in the range from that in the window."""
    masses, numbers = [], []
    for row in rows:
        signal = rng.normal(float(row["mean"]), float(row["width"]), rng.poisson(mu * float(row["signal"])))
        n = rng.poisson(float(row["background"]) * c["half_range"] / c["half_window"])
        slope, reach = 0.02, c["half_range"]
        spread = np.exp(-2 * slope * reach)
        background = c["mass"] - reach - np.log(1 - rng.random(n) * (1 - spread)) / slope
        masses.append(np.concatenate([signal, background]))
        numbers.append(np.full(len(masses[-1]), int(row["category"])))
    np.savez(folder / "masses.npz", mass=np.concatenate(masses), category=np.concatenate(numbers))


@pytest.mark.thorough
@pytest.mark.parametrize("mu", [0.5, 1.0])
def test_pulls_of_the_strength_over_toys_have_mean_0_and_width_1(mu: float, tmp_path: Path) -> None:
    """Of n pulls the mean has an error of 1/sqrt(n) and the width one of 1/sqrt(2n); three times each is allowed.

    Toys without signal are not among them: the purest category expects twice as many signal events as background, so
    that half of the fits would end at the edge of a positive density.
    """
    n, c, rng, pulls = 100, constants_of(1), np.random.default_rng(5), []
    make_inputs("fit", tmp_path, 21, c)
    with (tmp_path / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for _ in range(n):
        toy(rng, rows, c, mu, tmp_path)
        run_reference("fit", tmp_path, tmp_path, c)
        found = json.loads((tmp_path / "result.json").read_text())
        pulls.append((found["mu"] - mu) / found["mu_error"])
    print(f"mu = {mu}: mean {np.mean(pulls):.3f}, width {np.std(pulls, ddof=1):.3f} of {n} pulls")
    assert abs(np.mean(pulls)) < 3 / np.sqrt(n)
    assert abs(np.std(pulls, ddof=1) - 1) < 3 / np.sqrt(2 * n)


@pytest.mark.thorough
def test_the_whole_chain_finds_the_strength_that_was_put_in(tmp_path: Path) -> None:
    """The mean square of 16 pulls is in 0.32 ... 2.14 in 99 of 100 studies (chi-square).

    Data without signal are not among them: where the strength comes out negative, the likelihood ends at the edge of a
    positive density, and its curvature there is no uncertainty.
    """
    pulls = []
    for seed in range(16):
        c = constants_of(seed)
        make_inputs("fit", tmp_path, 100 + seed, c)
        run_reference("fit", tmp_path, tmp_path, c)
        found = json.loads((tmp_path / "result.json").read_text())
        pulls.append((found["mu"] - c["mu_true"]) / found["mu_error"])
    print(f"mean {np.mean(pulls):.2f}, mean square {np.mean(np.square(pulls)):.2f}")
    assert 0.32 < np.mean(np.square(pulls)) < 2.14, pulls
