import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from learning_scores import binormal, known, make_scores
from statsmodels.stats.multitest import multipletests

from hepcoder.tools.learning.batches import Batch
from hepcoder.tools.learning.evaluation.comparing import compare_classifiers
from hepcoder.tools.learning.evaluation.importance import default_groups, permutation_importance
from hepcoder.tools.learning.evaluation.metrics import Metrics, evaluate
from hepcoder.tools.learning.evaluation.roc import auc, weighted_auc
from hepcoder.tools.learning.evaluation.split_metrics import MetricOptions
from hepcoder.tools.learning.inputs import Inputs, ObjectList


def pair(n: Any, seed: Any, *, noise: Any, weight: Any = None) -> Any:
    """Two classifiers of the same events, each with noise of its own."""
    generator = np.random.default_rng(seed)
    label = generator.random(n) < 0.5
    x = generator.normal(size=n) + label
    weight = generator.exponential(size=n)
    said = [x + one * generator.normal(size=n) for one in noise]
    return {f"c{i}": make_scores(1 / (1 + np.exp(-one)), label, weight=weight) for i, one in enumerate(said)}


def test_p_values_are_uniform_for_equally_good_classifiers() -> None:
    chances = np.array(
        [known(compare_classifiers(pair(400, seed, noise=(0.5, 0.5)))).pairs[0].p_value for seed in range(200)]
    )
    assert np.mean(chances < 0.05) == pytest.approx(0.05, abs=0.055)
    assert np.mean(chances < 0.5) == pytest.approx(0.5, abs=0.13)


def test_error_of_the_difference_agrees_with_a_paired_bootstrap() -> None:
    both = pair(500, 1, noise=(0.2, 0.6))
    found: Any = known(compare_classifiers(both)).pairs[0].difference
    generator, draws = np.random.default_rng(2), []
    first, second = both["c0"], both["c1"]
    for _ in range(300):
        times = np.bincount(generator.integers(0, 500, 500), minlength=500) * first.weight
        areas = [known(weighted_auc(one.score[:, 1], one.label, times)) for one in (first, second)]
        draws.append(areas[0] - areas[1])
    assert found.error == pytest.approx(np.std(draws), rel=0.15)
    alone: Any = [known(auc(one)).error for one in both.values()]
    assert found.error < math.hypot(*alone)


def test_verdict_says_whether_the_events_can_tell() -> None:
    many = pair(20_000, 1, noise=(0.0, 0.5, 1.5))
    found: Any = compare_classifiers(many)
    assert list(found.auc) == ["c0", "c1", "c2"]
    assert (found.best, found.as_good) == ("c0", ())
    assert found.verdict.startswith("c0 separates best on the test split")
    few: Any = compare_classifiers(pair(60, 3, noise=(0.5, 0.5)))
    assert len(few.as_good) == 1
    assert "cannot tell it from" in few.verdict


def test_adjusted_p_values_agree_with_statsmodels() -> None:
    found: Any = compare_classifiers(pair(300, 5, noise=(0.2, 0.5, 0.5, 0.8)))
    chances = [one.p_value for one in found.pairs]
    assert len(chances) == 6
    assert [one.adjusted for one in found.pairs] == pytest.approx(multipletests(chances, method="holm")[1])


def test_order_of_events_and_processes_does_not_matter() -> None:
    both = pair(300, 1, noise=(0.2, 0.6))
    shuffled = both["c1"].take(np.random.default_rng(1).permutation(300))
    renamed = replace(shuffled, processes=shuffled.processes[::-1], process=1 - shuffled.process)
    assert compare_classifiers({"c0": both["c0"], "c1": renamed}) == compare_classifiers(both)


def test_two_of_the_same_order_cannot_be_told_apart() -> None:
    scores = binormal(400, 1.0, 1)
    squared = make_scores(scores.score[:, 1] ** 2, scores.label, split=scores.split)
    found: Any = compare_classifiers({"a": scores, "b": squared})
    assert (found.pairs[0].difference.value, found.pairs[0].p_value) == (pytest.approx(0.0), None)
    assert found.as_good == ("b",)


def test_other_events_are_refused() -> None:
    both = pair(100, 1, noise=(0.2, 0.6))
    first = both["c0"]
    with pytest.raises(ValueError, match="c0 scored 100 events .* c1 99"):
        compare_classifiers({"c0": first, "c1": both["c1"].take(slice(99))})
    for name, change in (("event id", 1000), ("weight", 1)):
        other = both["c1"].take(np.arange(100))
        getattr(other, name.replace(" ", "_"))[99] += change
        with pytest.raises(ValueError, match=f"differ in the {name} of"):
            compare_classifiers({"c0": first, "c1": other})
    flipped = both["c1"].take(np.arange(100))
    flipped.label[0] = 1 - flipped.label[0]
    with pytest.raises(ValueError, match="differ in the label of 1 of 100"):
        compare_classifiers({"c0": first, "c1": flipped})
    with pytest.raises(ValueError, match="no classifier"):
        compare_classifiers({})
    assert compare_classifiers({"c0": first.take(first.label == 1)}) is None


def test_metrics_round_trip_and_numbers() -> None:
    scores = binormal(3000, 1.0, 1, varied=True, negative=0.05)
    metrics: Any = evaluate(scores, MetricOptions(efficiencies=(0.5,)))
    assert Metrics.model_validate_json(metrics.model_dump_json()) == metrics
    test: Any = scores.of("test")
    assert metrics.numbers["test.auc"] == known(auc(test)).value
    assert metrics.numbers["test.auc_error"] == known(auc(test)).error
    assert metrics.numbers["test.auc_background"] == pytest.approx(known(auc(test)).value, abs=1e-6)
    assert metrics.numbers["test.rejection_at_0.5"] == metrics.of("test").working_points[0].rejection.value
    assert metrics.of("test").negative == int((test.weight < 0).sum()) > 0
    assert metrics.of("train").events == {
        "background": 1500 - int(scores.of("train").label.sum()),
        "signal": int(scores.of("train").label.sum()),
    }
    assert metrics.of("test").process_auc == {"zz": auc(test)}


def test_metrics_leave_undefined_figures_out() -> None:
    metrics: Any = evaluate(make_scores([0.1, 0.2], [True, True]))
    assert [one.split for one in metrics.splits] == ["test"]
    assert metrics.of("test").auc is None
    assert "test.auc" not in metrics.numbers
    assert metrics.overtraining is None
    with pytest.raises(ValueError, match="no figures of the train split; there are test"):
        metrics.of("train")
    with pytest.raises(ValueError, match="a split is there twice: test, test"):
        Metrics(**(dict(metrics) | {"splits": metrics.splits * 2}))


def test_each_background_has_an_area() -> None:
    scores = make_scores(
        [0.1, 0.3, 0.5, 0.4], [False, False, False, True], process=[0, 0, 1, 2], processes=("zz", "top", "higgs")
    )
    areas: Any = evaluate(scores).of("test").process_auc
    assert {name: one.value for name, one in areas.items()} == {"zz": 1.0, "top": 0.0}


JETS = ObjectList(name="jets", fields=("pt", "eta", "phi", "mass", "btag"), most=3)
MUONS = ObjectList(name="muons", fields=("pt", "eta", "phi", "mass"), most=2)


def batch(inputs: Any, n: Any = 3000, seed: Any = 1) -> Any:
    """Signal has more missing momentum and harder jets; nothing else says anything."""
    generator = np.random.default_rng(seed)
    label = generator.integers(0, 2, n)
    mask = generator.random((n, inputs.n_objects)) < 0.8
    objects = generator.normal(size=(n, inputs.n_objects, len(inputs.object_features)))
    objects[..., 0] += 0.5 * label[:, None]
    for place, one in enumerate(f for f in inputs.object_features if f.startswith("is_")):
        start = 0 if place == 0 else JETS.most
        objects[..., inputs.object_features.index(one)] = 0
        objects[:, start : (JETS.most if place == 0 else None), inputs.object_features.index(one)] = 1
    objects *= mask[..., None]
    event = generator.normal(size=(n, len(inputs.event)))
    event[:, 0] += label
    return Batch(
        event=event.astype(np.float32),
        objects=objects.astype(np.float32),
        four_vectors=objects[..., :4].astype(np.float32),
        mask=mask,
        label=label,
        weight=generator.exponential(size=n).astype(np.float32),
        event_id=np.arange(n),
        process=label,
    )


@dataclass
class Sum:
    """Adds up the first event column and the pt of all objects, half of it read from each of their places."""

    inputs: Inputs
    classes: tuple[str, ...] = ("background", "signal")

    def probabilities(self, batch: Any) -> Any:
        assert (batch.objects[~batch.mask] == 0).all()
        assert (batch.four_vectors[~batch.mask] == 0).all()
        pt = (batch.objects[..., 0].sum(axis=1) + batch.four_vectors[..., 0].sum(axis=1)) / 2
        p = 1 / (1 + np.exp(-(batch.event[:, 0] + pt) / 3))
        return np.stack([1 - p, p], axis=1).astype(np.float32)


def test_importance_is_that_of_what_is_used() -> None:
    inputs = Inputs(event=("met", "ht"), objects=(JETS, MUONS))
    found: Any = {one.name: one for one in permutation_importance(Sum(inputs), batch(inputs), seed=3)}
    assert set(found) == set(default_groups(inputs))
    assert found["met"].drop > 0.05
    assert found["objects.pt"].drop > 0.05
    for name in ("ht", "objects.eta", "objects.btag", "kind of object"):
        assert found[name].drop == pytest.approx(0.0, abs=1e-12)
    assert found["four-vector"].drop == pytest.approx(found["objects.pt"].drop, abs=0.03)
    assert 0 < found["met"].spread < 0.02
    assert next(iter(found)) in {"objects.pt", "four-vector", "met"}


def test_all_that_is_used_together_leaves_nothing() -> None:
    inputs = Inputs(event=("met", "ht"), objects=(JETS,))
    events = batch(inputs)
    groups = {"all": ("met", "objects.pt"), "met": ("met",)}
    together, alone = permutation_importance(Sum(inputs), events, groups=groups, repeats=3)
    whole: Any = weighted_auc(Sum(inputs).probabilities(events)[:, 1], events.label == 1, events.weight)
    # how many objects there are says something too, and stays
    assert whole - together.drop == pytest.approx(0.5, abs=0.04)
    assert (together.name, alone.name) == ("all", "met")
    assert permutation_importance(Sum(inputs), events, groups=groups, repeats=3)[0] == together


def test_shuffles_keep_four_vectors_and_fields_alike() -> None:
    inputs = Inputs(event=("met",), objects=(JETS, MUONS))

    class Checked(Sum):
        def probabilities(self, batch: Any) -> Any:
            assert (batch.objects[..., :4] == batch.four_vectors).all()
            jets = batch.objects[..., inputs.object_features.index("is_jets")] > 0
            assert (batch.objects[~jets][:, inputs.object_features.index("btag")] == 0).all()
            return super().probabilities(batch)

    events = batch(inputs, 200)
    muons = events.objects[..., inputs.object_features.index("is_muons")] > 0
    events.objects[muons, inputs.object_features.index("btag")] = 0
    checked = Checked(inputs)
    groups = {name: one for name, one in default_groups(inputs).items() if name != "kind of object"}
    assert len(permutation_importance(checked, events, groups=groups, repeats=2)) == len(groups)


def test_importance_says_what_it_does_not_know() -> None:
    inputs = Inputs(event=("met",), objects=(JETS,))
    events = batch(inputs, 50)
    with pytest.raises(ValueError, match=r"objects\.charge is not among the inputs; they are met, objects\.btag"):
        permutation_importance(Sum(inputs), events, groups={"q": ("objects.charge",)})
    with pytest.raises(ValueError, match="1 or more, not 0"):
        permutation_importance(Sum(inputs), events, repeats=0)
    assert permutation_importance(Sum(inputs), events.take(events.label == 1)) == ()
    assert permutation_importance(Sum(inputs), events, repeats=1)[0].spread is None
