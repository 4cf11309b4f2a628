"""Settings, schedules and stopping, beside PyTorch's own."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hepcoder.tools.learning.training.configs import TrainingConfig
from hepcoder.tools.learning.training.progress import seconds_left
from hepcoder.tools.learning.training.schedules import Plateau, learning_rate
from hepcoder.tools.learning.training.stopping import Stopping, metric_of

torch = pytest.importorskip("torch", reason="needs hepcoder[ml]")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"schedule": "plateau", "decay_epochs": 5, "patience": 3}, "decay_epochs 5 never acts"),
        ({"schedule": "plateau", "decay_epochs": 12}, "patience 10"),
        ({"schedule": "plateau", "patience": 1}, "decay_epochs 1 never acts"),
        ({"epochs": 15, "patience": 15}, "patience 15 never ends within 15 epochs"),
        ({"epochs": 4, "schedule": "constant", "warm_up_epochs": 4}, "warm_up_epochs 4"),
        ({"schedule": "cosine", "warm_up_epochs": 2}, "warm_up_epochs never acts with schedule 'cosine'"),
        ({"schedule": "cosine_warm_up"}, "needs warm_up_epochs"),
        ({"schedule": "cosine", "decay_factor": 0.5}, "decay_factor never acts"),
        ({"schedule": "one_cycle", "lowest_rate": 1e-6}, "lowest_rate never acts"),
        ({"schedule": "step", "decay_epochs": 50}, "decay_epochs 50 never acts within 50 epochs"),
        ({"stop_on": None, "patience": 5}, "patience 5 never acts without stop_on"),
        ({"learning_rate": 1e-3, "lowest_rate": 1e-3}, "lowest_rate 0.001 is not below learning_rate"),
        ({"learning_rate": math.nan}, "finite"),
        ({"gradient_clip": 0.0}, "greater than 0"),
        ({"class_balanced": True}, "Extra inputs"),
    ],
)
def test_a_setting_that_never_acts_is_an_error(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        TrainingConfig.model_validate(settings)


@pytest.mark.parametrize("epochs", [1, 2, 3, 50])
@pytest.mark.parametrize("schedule", ["constant", "step", "cosine", "plateau", "one_cycle"])
def test_defaults_fit_short_trainings_and_survive_json(epochs: int, schedule: str) -> None:
    config = TrainingConfig.model_validate({"epochs": epochs, "schedule": schedule})
    assert TrainingConfig.model_validate_json(config.model_dump_json()) == config
    assert config.stop_after is not None
    assert 1 <= config.stop_after <= 10


def rates_of(config: TrainingConfig, steps: int) -> list[float]:
    return [
        learning_rate(config, step=step, epoch_steps=steps, plateau=Plateau()) for step in range(config.epochs * steps)
    ]


def rates_of_torch(scheduler: Any, steps: int) -> list[float]:
    found = []
    for _ in range(steps):
        found.append(scheduler.get_last_lr()[0])
        scheduler.optimizer.step()
        scheduler.step()
    return found


def optimiser() -> Any:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)


def test_rates_are_those_of_torch() -> None:
    schedulers = torch.optim.lr_scheduler
    cosine = TrainingConfig(epochs=6, schedule="cosine", learning_rate=0.1, lowest_rate=0.01)
    reference = rates_of_torch(schedulers.CosineAnnealingLR(optimiser(), 30, eta_min=0.01), 30)
    np.testing.assert_allclose(rates_of(cosine, 5), reference, rtol=1e-9)
    cycle = TrainingConfig(epochs=6, schedule="one_cycle", learning_rate=0.1)
    one_cycle = schedulers.OneCycleLR(optimiser(), max_lr=0.1, total_steps=30, cycle_momentum=False)
    np.testing.assert_allclose(rates_of(cycle, 5), rates_of_torch(one_cycle, 30), rtol=1e-9)
    step = TrainingConfig(epochs=6, schedule="step", learning_rate=0.1, decay_epochs=2, decay_factor=0.5)
    reference = rates_of_torch(schedulers.StepLR(optimiser(), step_size=2, gamma=0.5), 6)
    np.testing.assert_allclose(rates_of(step, 1), reference, rtol=1e-9)


def test_a_warm_up_rises_in_a_line_and_then_falls_to_the_lowest() -> None:
    config = TrainingConfig(
        epochs=6, schedule="cosine_warm_up", warm_up_epochs=2, learning_rate=0.1, lowest_rate=0.02, patience=5
    )
    rates = rates_of(config, 4)
    np.testing.assert_allclose(rates[:8], 0.1 * np.arange(1, 9) / 8)
    assert rates[8] == pytest.approx(0.1)
    assert all(first > second for first, second in itertools.pairwise(rates[8:]))
    assert 0.02 < rates[-1] < 0.023


@given(st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4]), min_size=1, max_size=30), st.integers(1, 4))
def test_the_plateau_is_that_of_torch(losses: list[float], wait: int) -> None:
    config = TrainingConfig(
        epochs=50, schedule="plateau", learning_rate=0.1, decay_epochs=wait, decay_factor=0.5, lowest_rate=0.01
    )
    steered = optimiser()
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
        steered, factor=0.5, patience=wait - 1, threshold=0.0, min_lr=0.01, eps=0.0
    )
    state = Plateau()
    for loss in losses:
        state = state.after(loss, config)
        scheduler.step(loss)
        rate = learning_rate(config, step=0, epoch_steps=1, plateau=state)
        assert rate == pytest.approx(steered.param_groups[0]["lr"])


def test_other_schedules_know_no_plateau() -> None:
    assert Plateau().after(1.0, TrainingConfig(schedule="cosine")) == Plateau()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.sampled_from(["validation_loss", "auc"]))
def test_the_best_epoch_is_the_first_of_the_best(values: list[float], metric: str) -> None:
    config = TrainingConfig.model_validate({"stop_on": metric, "patience": 3})
    state = Stopping()
    for epoch, value in enumerate(values, start=1):
        state = state.after(epoch, value, config)
    best = min(values) if metric == "validation_loss" else max(values)
    assert state.best == best
    assert state.best_epoch == values.index(best) + 1
    assert state.stops(config) == (len(values) - state.best_epoch >= 3)


def test_undefined_values_are_no_improvement() -> None:
    config = TrainingConfig(stop_on="auc", patience=2)
    state = Stopping().after(1, None, config).after(2, math.nan, config)
    assert state == Stopping(None, 0, 2)
    assert state.stops(config)
    assert not state.stops(TrainingConfig(stop_on=None))
    assert metric_of(TrainingConfig(stop_on=None)) == "validation_loss"


def test_no_time_is_promised_before_the_first_batch() -> None:
    assert seconds_left(seconds=1.0, done=0, total=5) is None
