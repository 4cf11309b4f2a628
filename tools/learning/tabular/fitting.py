"""Training of classifiers of tables."""

from hepcoder.tools.learning.batches import Source
from hepcoder.tools.learning.tabular.configs import AnyTabularConfig, FoundationConfig, TreesConfig
from hepcoder.tools.learning.tabular.engines import Engine, Facts
from hepcoder.tools.learning.tabular.features import Table, read_tables
from hepcoder.tools.learning.tabular.predictor import TabularClassifier


def fit_tabular(config: AnyTabularConfig, source: Source) -> TabularClassifier:
    """Train on the split ``train``, and stop by the split ``validation``; ``test`` is not looked at.

    Both splits are in memory as float32 tables, whatever the source.

    Args:
        config: Which model, and its settings.
        source: Of the events.

    Returns:
        The classifier.

    Raises:
        TrainingError: If a split is empty or lacks a class, an event has no class or weight, or the weights of a
            foundation model are not there.
        ImportError: If the library is not installed.
    """
    train, validation = read_tables(source, config)
    engine, facts = _fitted(config, train, validation, len(source.classes))
    return TabularClassifier(source.inputs, source.classes, config, engine, facts)


def _fitted(config: AnyTabularConfig, train: Table, validation: Table, n_classes: int) -> tuple[Engine, Facts]:
    if isinstance(config, TreesConfig):
        from hepcoder.tools.learning.tabular.trees import fit_trees

        return fit_trees(config, train, validation)
    if isinstance(config, FoundationConfig):
        from hepcoder.tools.learning.tabular.foundation import fit_foundation

        return fit_foundation(config, train, n_classes)
    from hepcoder.tools.learning.tabular.xgboost_trees import fit_xgboost

    return fit_xgboost(config, train, validation, n_classes)
