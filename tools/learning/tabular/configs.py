"""What the classifiers of tables are told."""

from typing import Literal

from pydantic import Field

from hepcoder.ledger.record import Record

Negative = Literal["absolute", "drop"]


class TabularConfig(Record):
    """What all of them have.

    Attributes:
        class_balance: Whether the weights of each class are scaled to the same sum.
        negative_weights: None of them can learn from negative weights: ``absolute`` takes their absolute value,
            ``drop`` leaves such events out. Either is another density than the true one; an evaluation has the signs.
        seed: Of everything that is drawn.
    """

    class_balance: bool = True
    negative_weights: Negative = "absolute"
    seed: int = Field(default=42, ge=0, lt=2**31)


class TreesConfig(TabularConfig):
    """Boosted trees of scikit-learn (``HistGradientBoostingClassifier``).

    Attributes:
        iterations: Rounds of boosting, at most.
        learning_rate: Factor on what each round adds.
        leaves: Leaves of a tree, at most.
        depth: Of a tree, at most; None: only the leaves are limited.
        leaf_events: Events of a leaf, at least.
        l2: Regularisation of the leaves.
        patience: Rounds without a lower weighted loss on the validation split after which it stops; None: never.
        n_threads: CPU threads; None: all.
    """

    kind: Literal["trees"] = "trees"
    iterations: int = Field(default=500, ge=1)
    learning_rate: float = Field(default=0.1, gt=0, allow_inf_nan=False)
    leaves: int = Field(default=31, ge=2)
    depth: int | None = Field(default=None, ge=1)
    leaf_events: int = Field(default=20, ge=1)
    l2: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    patience: int | None = Field(default=20, ge=1)
    n_threads: int | None = Field(default=None, ge=1)


class XgboostConfig(TabularConfig):
    """Boosted trees of XGBoost (arXiv:1603.02754).

    Attributes:
        rounds: Of boosting, at most.
        learning_rate: Factor on what each round adds.
        depth: Of a tree, at most.
        leaf_weight: Sum of the second derivatives in a leaf, at least (``min_child_weight``); weights have the mean 1.
        events_share: Of the events, drawn for each tree.
        columns_share: Of the columns, drawn for each tree.
        l2: Regularisation of the leaves.
        patience: Rounds without a lower weighted loss on the validation split after which it stops; None: never. The
            best round is what predicts.
        n_threads: CPU threads; None: all.
    """

    kind: Literal["xgboost"] = "xgboost"
    rounds: int = Field(default=1000, ge=1)
    learning_rate: float = Field(default=0.1, gt=0, allow_inf_nan=False)
    depth: int = Field(default=6, ge=1)
    leaf_weight: float = Field(default=1.0, ge=0, allow_inf_nan=False)
    events_share: float = Field(default=1.0, gt=0, le=1)
    columns_share: float = Field(default=1.0, gt=0, le=1)
    l2: float = Field(default=1.0, ge=0, allow_inf_nan=False)
    patience: int | None = Field(default=20, ge=1)
    n_threads: int | None = Field(default=None, ge=1)


class FoundationConfig(TabularConfig):
    """A model that was trained on made-up tables and reads ours as its context: TabPFN or TabICL.

    Neither knows weights: the context is drawn by weight.

    Attributes:
        kind: ``tabpfn`` (arXiv:2501.02945) or ``tabicl`` (arXiv:2502.05564).
        context_events: Training events that are its context, at most; of more, so many are drawn, and it is said.
            With `class_balance` as many of each class.
        estimators: Passes with shuffled columns and classes whose predictions are averaged.
        weights_file: Of the model; None: where the package keeps what it has downloaded.
        download: Whether the package may download the weights; TabPFN asks for an account and its licence.
        device: ``cpu``, ``cuda`` or ``mps``.
    """

    kind: Literal["tabpfn", "tabicl"] = "tabicl"
    context_events: int = Field(default=10_000, ge=10)
    estimators: int = Field(default=8, ge=1)
    weights_file: str | None = None
    download: bool = False
    device: Literal["cpu", "cuda", "mps"] = "cpu"


AnyTabularConfig = TreesConfig | XgboostConfig | FoundationConfig
