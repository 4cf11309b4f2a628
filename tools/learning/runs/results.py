"""What came of trainings, as records."""

from hepcoder.ledger.record import Record
from hepcoder.tools.learning.data.report import DataReport
from hepcoder.tools.learning.evaluation.comparing import ClassifierComparison
from hepcoder.tools.learning.evaluation.cut_choice import CutChoice
from hepcoder.tools.learning.evaluation.findings import Finding
from hepcoder.tools.learning.evaluation.metrics import Metrics
from hepcoder.tools.learning.evaluation.score_categories import ScoreCategories
from hepcoder.tools.learning.runs.plans import LearningPlan, ModelPlan

RESULT_NAME = "result.json"
LEARNING_NAME = "learning.json"


class ClassifierResult(Record):
    """A trained classifier.

    Attributes:
        name: Its name and folder.
        plan: How it was made.
        data_digest: Of the files that it was trained on.
        parameters: Trained parameters; None for trees.
        best_epoch: Whose weights it has; None for trees.
        seconds: Wall time of the training.
        metrics: Figures of merit.
        cut: Best cut on the score, chosen on validation, quoted on test; None where the events allow none.
        categories: Of the score, chosen and quoted likewise; None where the events allow none.
        findings: Of the audit.
        onnx_difference: Largest difference of a probability between ONNX Runtime and torch; None where it was not
            exported.
    """

    name: str
    plan: ModelPlan
    data_digest: str
    parameters: int | None
    best_epoch: int | None
    seconds: float
    metrics: Metrics
    cut: CutChoice | None
    categories: ScoreCategories | None
    findings: tuple[Finding, ...]
    onnx_difference: float | None

    @property
    def auc(self) -> float | None:
        """Area under the ROC curve on the test split; None where it is not defined."""
        return self.metrics.numbers.get("test.auc")


class LearningResult(Record):
    """Classifiers that were trained on the same events.

    Attributes:
        plan: What was asked for.
        data: Events of each process and split; None where they were not counted.
        results: By name.
        comparison: Which separates best on the test split; None where signal or background have no weight there.
        notes: What a reader should know though it is no error.
        versions: Of packages.
    """

    plan: LearningPlan
    data: DataReport | None
    results: dict[str, ClassifierResult]
    comparison: ClassifierComparison | None
    notes: tuple[str, ...]
    versions: dict[str, str]

    def __getitem__(self, name: str) -> ClassifierResult:
        """The figures of one classifier.

        Raises:
            KeyError: There is none of that name.
        """
        if name not in self.results:
            message = f"no classifier is called {name!r}, only {', '.join(self.results)}"
            raise KeyError(message)
        return self.results[name]

    @property
    def best(self) -> str | None:
        """Name of the classifier with the largest area under the ROC curve on the test split."""
        return None if self.comparison is None else self.comparison.best

    @property
    def auc(self) -> dict[str, float | None]:
        """Area under the ROC curve of each on the test split."""
        return {name: one.auc for name, one in self.results.items()}

    @property
    def verdict(self) -> str:
        """Which separates best, and whether the events can tell, in a sentence."""
        return "The test events cannot compare them." if self.comparison is None else self.comparison.verdict
