"""Samples: their best classifiers against closed forms, independent densities and the events themselves."""

from pathlib import Path

import numpy as np
import pytest
from learning_files import in_order
from scipy.stats import chisquare, ks_2samp, kstest, multivariate_normal, norm
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from hepcoder.tools.learning.batches import Batch
from hepcoder.tools.learning.data.columns import joined
from hepcoder.tools.learning.data.gaussian_samples import Mixture
from hepcoder.tools.learning.data.graph_samples import ETA_MAX, _excess, _log_ratio, _places
from hepcoder.tools.learning.data.known import Sample, auc_of
from hepcoder.tools.learning.data.samples import gaussian_mixture, graph_structured, jet_tagging
from hepcoder.tools.learning.data.sources import open_source
from hepcoder.tools.learning.inputs import SPLITS, Splitting


def everything(sample: Sample) -> Batch:
    source = open_source(sample.processes, sample.inputs, Splitting())
    return joined([in_order(source, split) for split in SPLITS])


def optimal_auc(sample: Sample, batch: Batch) -> tuple[float, float]:
    assert sample.optimal is not None
    assert sample.optimal.classes[-1] == "signal"
    signal = batch.label == len(sample.optimal.classes) - 1
    score = sample.optimal.probabilities(batch)[:, -1].astype(np.float64)
    return auc_of(score[signal], score[~signal])


def test_the_area_is_that_of_scikit_learn_and_its_error_that_of_repetitions() -> None:
    rng = np.random.default_rng(3)
    found = []
    for _ in range(100):
        signal, background = rng.normal(0.8, 1, 150).round(1), rng.normal(0, 1, 250).round(1)
        found.append(auc_of(signal, background))
        labels = np.repeat([1, 0], [150, 250])
        assert found[-1][0] == pytest.approx(roc_auc_score(labels, np.concatenate([signal, background])), abs=1e-12)
    values, errors = np.array(found).T
    assert errors.mean() == pytest.approx(values.std(), rel=0.25)
    assert values.mean() == pytest.approx(norm.cdf(0.8 / np.sqrt(2)), abs=0.01)


@pytest.mark.parametrize("distance", [0.5, 1.5, 3.0])
def test_two_gaussians_have_the_area_of_the_closed_form(distance: float, tmp_path: Path) -> None:
    sample = gaussian_mixture(tmp_path, 4000, 2, n_components=1, distance=distance, n_columns=3)
    assert sample.auc is not None
    assert sample.auc == pytest.approx(norm.cdf(distance / np.sqrt(2)), abs=1e-12)
    assert sample.auc_error == 0.0
    found, error = optimal_auc(sample, everything(sample))
    assert abs(found - sample.auc) < 4 * error < 0.05


@pytest.mark.parametrize("n_classes", [2, 3])
def test_mixtures_have_the_area_of_their_densities(n_classes: int, tmp_path: Path) -> None:
    sample = gaussian_mixture(tmp_path, 4000, 5, n_classes=n_classes)
    batch = everything(sample)
    assert sample.auc is not None
    assert sample.optimal is not None
    found, error = optimal_auc(sample, batch)
    assert abs(found - sample.auc) < 4 * error < 0.03
    probabilities = sample.optimal.probabilities(batch)
    assert probabilities.shape == (4000 * n_classes, n_classes)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-5)
    # the shares of the classes among events of one probability are that probability
    of_signal = probabilities[:, -1].astype(np.float64)
    for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.0)):
        chosen = (of_signal >= low) & (of_signal < high)
        share, n = (batch.label[chosen] == n_classes - 1).mean(), chosen.sum()
        assert abs(share - of_signal[chosen].mean()) < 4 * np.sqrt(0.25 / n)


def test_a_mixtures_density_is_that_of_scipy() -> None:
    means = np.array([[0.0, 1.0], [2.0, -1.0], [0.5, 0.5]])
    x = np.random.default_rng(1).normal(size=(50, 2)) * 2
    expected = np.log(np.mean([multivariate_normal(mean).pdf(x) for mean in means], axis=0)) + np.log(2 * np.pi)
    np.testing.assert_allclose(Mixture(means).log_density(x), expected, rtol=1e-10)


def test_samples_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    for make in (gaussian_mixture, graph_structured, jet_tagging):
        one, two, other = (make(tmp_path / name, 200, seed) for name, seed in (("1", 4), ("2", 4), ("3", 5)))
        first, second, third = everything(one), everything(two), everything(other)
        assert all(np.array_equal(values, getattr(second, name)) for name, values in vars(first).items())
        assert not np.array_equal(first.event, third.event)
        assert one.auc == two.auc


def test_a_sample_of_four_classes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="2 or 3 classes, not 4"):
        gaussian_mixture(tmp_path, 10, 1, n_classes=4)


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sample, Batch]:
    sample = graph_structured(tmp_path_factory.mktemp("graph"), 10_000, 3)
    return sample, everything(sample)


def test_single_objects_do_not_tell_the_class(graph: tuple[Sample, Batch]) -> None:
    _, batch = graph
    signal = batch.label == 1
    objects, mask = batch.objects, batch.mask
    for place in range(4):
        one, two = (objects[chosen][mask[chosen]][:, place] for chosen in (signal, ~signal))
        assert ks_2samp(one, two).pvalue > 1e-3
        one, two = (objects[chosen][:, 0, place] for chosen in (signal, ~signal))
        assert ks_2samp(one, two).pvalue > 1e-3
    assert ks_2samp(batch.event[signal, 0], batch.event[~signal, 0]).pvalue > 1e-3
    for chosen in (signal, ~signal):
        assert chisquare(np.bincount(mask[chosen].sum(axis=1))[5:]).pvalue > 1e-3
    assert (np.diff(objects[:, :5, 0], axis=1) <= 0).all()


def test_every_place_of_a_pair_is_uniform() -> None:
    eta, phi, _ = _places(np.random.default_rng(2), 30_000, 2, (1.2, 0.2))
    for place in range(4):
        assert kstest(eta[:, place], "uniform", (-ETA_MAX, 2 * ETA_MAX)).pvalue > 1e-3
        assert kstest(phi[:, place], "uniform", (-np.pi, 2 * np.pi)).pvalue > 1e-3


@pytest.mark.parametrize("eta", [0.0, 1.0, 1.9, -2.0])
def test_the_density_of_a_pair_integrates_to_one(eta: float) -> None:
    etas, phis = np.meshgrid(np.linspace(-2, 2, 401)[:-1] + 0.005, np.linspace(-np.pi, np.pi, 401)[:-1])
    excess = _excess(np.full_like(etas, eta), etas, phis, (0.8, 0.15))
    assert excess.mean() == pytest.approx(1.0, abs=2e-3)
    swapped = _excess(etas, np.full_like(etas, eta), -phis, (0.8, 0.15))
    np.testing.assert_allclose(swapped, excess, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("n_pairs", [1, 2])
def test_the_likelihood_ratio_reweights_background_to_signal(n_pairs: int) -> None:
    rng = np.random.default_rng(8)
    pair = (0.8, 0.2)
    background, signal = (_places(rng, 20_000, pairs, pair) for pairs in (0, n_pairs))
    weight = np.exp(_log_ratio(*background, pair=pair, n_pairs=n_pairs))
    assert weight.mean() == pytest.approx(1.0, abs=4 * weight.std() / np.sqrt(20_000))

    def closest(places: tuple[np.ndarray, ...]) -> np.ndarray:
        eta, phi, there = places
        first, second = np.triu_indices(eta.shape[1], 1)
        dphi = np.abs(phi[:, first] - phi[:, second])
        distance = np.hypot(eta[:, first] - eta[:, second], np.minimum(dphi, 2 * np.pi - dphi))
        return np.asarray(np.where(there[:, first] & there[:, second], distance, np.inf).min(axis=1))

    bins = np.array([0.0, 0.4, 0.7, 0.9, 1.2, 4.0])
    expected, _ = np.histogram(closest(signal), bins)
    found, _ = np.histogram(closest(background), bins, weights=weight)
    squares, _ = np.histogram(closest(background), bins, weights=weight**2)
    assert (np.abs(found - expected) < 4.5 * np.sqrt(squares + expected)).all()


def test_the_pairs_tell_what_a_flat_list_does_not(graph: tuple[Sample, Batch]) -> None:
    sample, batch = graph
    assert sample.auc is not None
    assert sample.auc == pytest.approx(0.91, abs=0.005)
    found, error = optimal_auc(sample, batch)
    assert abs(found - sample.auc) < 4 * np.hypot(error, sample.auc_error or 0) < 0.02
    train = batch.event_id < 7000
    flat = batch.objects.reshape(len(batch), -1)
    with threadpool_limits(1):
        trees = HistGradientBoostingClassifier(max_iter=30).fit(flat[train], batch.label[train])
        scores = trees.predict_proba(flat[~train])[:, 1]
    assert roc_auc_score(batch.label[~train], scores) < sample.auc - 0.25


def test_settings_without_meaning_are_refused(tmp_path: Path) -> None:
    for settings in ({"separation": 0.1}, {"separation": 3.0}, {"n_pairs": 3}):
        with pytest.raises(ValueError, match="must be between 4 width"):
            graph_structured(tmp_path, 10, 1, **settings)


def test_jets_have_the_masses_and_multiplicities_of_their_kind(tmp_path: Path) -> None:
    sample = jet_tagging(tmp_path, 1000, 6)
    with_mass = sample.inputs.model_copy(update={"event": ("jet_pt", "jet_eta", "jet_mass")})
    source = open_source(sample.processes, with_mass, Splitting())
    assert source.classes == ("background", "signal")
    assert source.processes == ("quark", "gluon", "w")
    batch = joined([in_order(source, split) for split in SPLITS])
    quark, gluon, w = (batch.take(batch.process == place) for place in range(3))
    masses = [float(np.median(one.event[:, 2])) for one in (quark, gluon, w)]
    assert masses[0] < masses[1] < 60 < 76 < masses[2] < 90
    counts = [float(one.mask.sum(axis=1).mean()) for one in (quark, gluon, w)]
    assert counts[0] < counts[2] < counts[1]
    assert set(np.unique(batch.objects[batch.mask][:, 4]).tolist()) == {-1.0, 0.0, 1.0}
    assert (np.diff(batch.four_vectors[:, :, 0], axis=1) <= 0).all()
    pt, eta, phi, mass = np.moveaxis(batch.four_vectors.astype(np.float64), 2, 0)
    few = batch.mask.sum(axis=1) < 40
    px, py, pz = ((pt * f).sum(axis=1) for f in (np.cos(phi), np.sin(phi), np.sinh(eta)))
    energy = np.sqrt((pt * np.cosh(eta)) ** 2 + mass**2).sum(axis=1)
    np.testing.assert_allclose(np.hypot(px, py)[few], batch.event[few, 0], rtol=1e-3)
    found = np.sqrt(np.maximum(energy**2 - px**2 - py**2 - pz**2, 0))
    np.testing.assert_allclose(found[few], batch.event[few, 2], atol=0.3)


def test_jets_of_one_background_only(tmp_path: Path) -> None:
    sample = jet_tagging(tmp_path, 50, 6, backgrounds=("gluon",))
    assert [one.name for one in sample.processes] == ["gluon", "w"]
