"""Figures of differences and of failures."""

from hepcoder.benchmarks.report.drawing import Figure, canvas, drawn
from hepcoder.benchmarks.statistics.comparisons import Family
from hepcoder.benchmarks.statistics.summary import Summary

MOST_CLASSES = 20


def difference_figure(family: Family, *, name: str, title: str) -> Figure | None:
    """Return the differences of a family with their intervals, or None if none is defined.

    Args:
        family: The comparisons.
        name: Short name of the figure.
        title: What is compared.
    """
    pairs = [pair for pair in family.pairs if pair.difference is not None]
    if not pairs:
        return None
    figure, axes = canvas(7, 1.2 + 0.42 * len(pairs))
    for row, pair in enumerate(pairs):
        if pair.difference is None:
            continue
        colour = "#0072B2" if pair.differ else "#57606a"
        if pair.detectable is not None:
            axes.fill_betweenx([row - 0.32, row + 0.32], -pair.detectable, pair.detectable, color="#eaeef2", lw=0)
        ends = [pair.difference.interval.low, pair.difference.interval.high]
        axes.plot(ends, [row, row], color=colour, lw=2)
        axes.plot(pair.difference.value, row, "o", color=colour, mfc=colour if pair.differ else "white", ms=7)
    axes.axvline(0, color="black", lw=0.8)
    axes.set(xlabel="difference of the rates of success, first less second", ylim=(len(pairs) - 0.4, -0.6))
    axes.set_yticks(range(len(pairs)), [f"{pair.a}\nless {pair.b}" for pair in pairs], fontsize=8)
    return drawn(
        figure,
        name=name,
        caption=f"{title}. Filled: told apart at {100 * family.level:.0f} % after Holm's correction. Grey band: "
        "differences that so many trials would often miss.",
    )


def failure_figure(summary: Summary) -> Figure | None:
    """Return a map of failures by class and model, in attempts, or None if nothing failed."""
    import numpy as np

    if not summary.failures:
        return None
    met: dict[str, dict[str, int]] = {}
    for item in summary.failures:
        by_model = met.setdefault(f"{item.stage}.{item.name}", dict.fromkeys(summary.models, 0))
        by_model[item.model] += item.attempts
    classes = sorted(met, key=lambda label: (-sum(met[label].values()), label))
    labels = sorted(classes[:MOST_CLASSES])
    counts = np.array([[met[label][model] for model in summary.models] for label in labels])
    figure, axes = canvas(3.2 + 1.1 * len(summary.models), 1.7 + 0.26 * len(labels))
    axes.imshow(counts, cmap="Oranges", vmin=0, vmax=1.3 * counts.max(), aspect="auto")
    for row, column in np.ndindex(counts.shape):
        shown = str(counts[row, column]) if counts[row, column] else ""
        axes.text(column, row, shown, ha="center", va="center", fontsize=8)
    axes.set_yticks(range(len(labels)), labels, fontsize=8)
    attempts = [sum(c.spending.attempts for c in summary.contenders if c.score.model == m) for m in summary.models]
    names = [f"{model}\n({n} attempts)" for model, n in zip(summary.models, attempts, strict=True)]
    axes.set_xticks(range(len(names)), names, rotation=25, ha="right", rotation_mode="anchor")
    axes.tick_params(length=0, axis="both", labelsize=8)
    axes.spines[:].set_visible(False)
    rest = f" The {MOST_CLASSES} most frequent of {len(classes)} classes." if len(classes) > MOST_CLASSES else ""
    return drawn(
        figure,
        name="failures",
        caption=f"Attempts that met a failure, by stage.class and model, all agents together.{rest}",
    )
