"""Figures of success: with its intervals, by task, and over several tries."""

from hepcoder.benchmarks.report.drawing import Figure, canvas, colours, drawn, legend, markers
from hepcoder.benchmarks.statistics.proportions import Interval
from hepcoder.benchmarks.statistics.summary import Summary


def success_figure(summary: Summary) -> Figure:
    """Return success by agent and model: thick bars for these tasks, thin ones for tasks like these."""
    contenders = [contender.score for contender in summary.contenders]
    colour, marker = colours(summary.models), markers(summary.agents)
    figure, axes = canvas(7, 1.1 + 0.36 * len(contenders))
    for row, score in enumerate(contenders):
        if score.success.rate is None:
            axes.text(0.5, row, "nothing measured", va="center", ha="center", fontsize=8, color="#57606a")
            continue
        bars = ((score.success.tasks_like_these, 1.2), (score.success.these_tasks, 5))
        for interval, width in bars:
            if interval is not None:
                ends = [interval.low, interval.high]
                axes.plot(ends, [row, row], color=colour[score.model], lw=width, alpha=0.45, solid_capstyle="butt")
        axes.plot(score.success.rate, row, marker[score.agent], color=colour[score.model], ms=7)
    axes.set(xlim=(-0.02, 1.02), xlabel="rate of success", ylim=(len(contenders) - 0.4, -0.6))
    axes.set_yticks(range(len(contenders)), [f"{score.agent} · {score.model}" for score in contenders], fontsize=9)
    axes.grid(axis="x", color="#d0d7de", lw=0.6)
    return drawn(
        figure,
        name="success",
        caption=f"Success with {100 * summary.confidence:.0f} % intervals. Thick: for just these tasks (Wilson). Thin: "
        "for tasks like these (Korn-Graubard), where there are five tasks or more.",
    )


def task_figure(summary: Summary) -> Figure:
    """Return a map of right out of measured trials, task by task."""
    import numpy as np

    columns = [(c.score.agent, c.score.model) for c in summary.contenders]
    tasks = sorted({score.scope for score in summary.by_task})
    rates = np.full((len(tasks), len(columns)), np.nan)
    figure, axes = canvas(2.6 + 0.62 * len(columns), 1.9 + 0.26 * len(tasks))
    for score in summary.by_task:
        row, column = tasks.index(score.scope), columns.index((score.agent, score.model))
        if score.success.rate is not None:
            rates[row, column] = score.success.rate
        dark = (score.success.rate or 0) > 0.6
        shown = f"{score.success.successes}/{score.success.n}" if score.success.n else "-"
        axes.text(column, row, shown, ha="center", va="center", fontsize=8, color="white" if dark else "black")
    axes.imshow(rates, cmap="Blues", vmin=0, vmax=1.15, aspect="auto")
    axes.set_yticks(range(len(tasks)), tasks, fontsize=8)
    labels = [f"{agent} · {model}" for agent, model in columns]
    axes.set_xticks(range(len(columns)), labels, rotation=40, ha="right", fontsize=8, rotation_mode="anchor")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return drawn(figure, name="tasks", caption="Right out of measured trials, task by task; darker is better.")


def repeat_figure(summary: Summary) -> Figure | None:
    """Return pass@k and pass^k over k, one panel an agent, or None if no task has two measured trials."""
    from matplotlib.figure import Figure as Canvas

    most = max((item.k for c in summary.contenders for item in c.repeats), default=0)
    if most < 2:
        return None
    colour = colours(summary.models)
    figure = Canvas(figsize=(max(4.5, 2.7 * len(summary.agents)), 3.2), layout="constrained")
    panels = figure.subplots(1, len(summary.agents), sharey=True, squeeze=False)[0]
    for axes, agent in zip(panels, summary.agents, strict=True):
        for contender in (c for c in summary.contenders if c.score.agent == agent):
            known = [item for item in contender.repeats if item.any_right is not None]
            ks = [item.k for item in known]
            any_right, all_right = [item.any_right for item in known], [item.all_right for item in known]
            axes.plot(ks, any_right, "-o", color=colour[contender.score.model], ms=4, label=contender.score.model)
            axes.plot(ks, all_right, ":o", color=colour[contender.score.model], ms=4, mfc="white")
        axes.set(title=agent, xlabel="tries k", ylim=(-0.03, 1.03), xticks=range(1, most + 1))
        axes.title.set_fontsize(10)
        axes.grid(color="#d0d7de", lw=0.6)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("chance")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3, frameon=False, fontsize=8)
    return drawn(
        figure,
        name="repeats",
        caption="Solid: at least one of k tries is right (pass@k). Dotted: all of k are (pass^k). A line "
        "ends where a task has fewer measured trials.",
    )


def pareto_figure(summary: Summary, resource: str, name: str) -> Figure | None:
    """Return success against a cost with intervals on both axes, or None if that cost is not known of anybody.

    Args:
        summary: The study.
        resource: The cost.
        name: The cost in words.
    """
    from matplotlib.ticker import LogLocator, NullFormatter

    front = next(item for item in summary.paretos if item.resource == resource)
    if not front.points:
        return None
    colour, marker = colours(summary.models), markers(summary.agents)
    figure, axes = canvas(7, 4.6)
    for point in front.points:
        across, upright = _arms(point.cost, point.cost_interval), _arms(point.rate, point.rate_interval)
        axes.errorbar(
            point.cost,
            point.rate,
            xerr=across,
            yerr=upright,
            fmt=marker[point.agent],
            color=colour[point.model],
            mfc=colour[point.model] if point.on_front else "white",
            ms=8,
            elinewidth=1,
        )
    best = [point for point in front.points if point.on_front]
    axes.step([p.cost for p in best], [p.rate for p in best], where="post", color="#57606a", lw=1, ls="--", zorder=0)
    if all(point.cost > 0 for point in front.points):
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set(xlabel=f"{name} per cell, all attempts paid", ylabel="rate of success", ylim=(-0.03, 1.03))
    axes.grid(color="#d0d7de", lw=0.6)
    legend(axes, summary.agents, summary.models)
    missing = "; ".join(f"{agent} with {model}" for agent, model in front.left_out)
    out = f" Not shown, because not known: {missing}." if missing else ""
    return drawn(
        figure,
        name=f"pareto_{resource}",
        caption=f"Success against {name}. Filled: on the front. Bars: {100 * summary.confidence:.0f} % over draws of "
        f"tasks, where there are five tasks or more.{out}",
    )


def _arms(value: float, interval: Interval | None) -> list[list[float]] | None:
    """Lengths of the two arms of an error bar; a percentile interval need not hold the value."""
    return None if interval is None else [[max(0.0, value - interval.low)], [max(0.0, interval.high - value)]]
