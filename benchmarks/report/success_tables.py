"""Who is right how often: tables of success, repeats, agreement and trust."""

from hepcoder.benchmarks.report.formats import percent, percent_interval
from hepcoder.benchmarks.report.table import Entry, Table, number, table, text
from hepcoder.benchmarks.statistics.agreement import PairShare
from hepcoder.benchmarks.statistics.proportions import FEWEST_TASKS, Proportion
from hepcoder.benchmarks.statistics.summary import Score, Summary


def success_table(summary: Summary) -> Table:
    """Return success by agent and model, with both intervals and both denominators."""
    level = f"{100 * summary.confidence:.0f} %"
    return table(
        "Success",
        f"Right cells out of those that measure the agent, with two {level} intervals: for just these tasks (Wilson), "
        f"and for tasks like these (Korn-Graubard; a dash below {FEWEST_TASKS} tasks). The rate of all counts cells "
        "spoiled by infrastructure or by the grader as not right.",
        ("agent", "model", "right", "rate", "these tasks", "tasks like these", "tasks", "of all", "rate of all",
         "infrastructure", "grader failed"),
        ([*_score(contender.score)] for contender in summary.contenders),
    )  # fmt: skip


def suite_table(summary: Summary) -> Table:
    """Return success by suite, agent and model."""
    return table(
        "Success by suite",
        "As above, suite by suite.",
        ("suite", "agent", "model", "right", "rate", "these tasks", "tasks like these", "tasks", "of all",
         "rate of all", "infrastructure", "grader failed"),
        ([text(score.scope), *_score(score)] for score in summary.by_suite),
    )  # fmt: skip


def task_table(summary: Summary) -> Table:
    """Return success by task, agent and model."""
    return table(
        "Success by task",
        "Right out of measured trials, and Wilson's interval.",
        ("task", "agent", "model", "right", "rate", "these tasks", "infrastructure", "grader failed"),
        (
            [
                text(score.scope),
                text(score.agent),
                text(score.model),
                *_rate(score.success),
                _interval(score.success),
                number(score.infrastructure, str(score.infrastructure)),
                number(score.grader_failed, str(score.grader_failed)),
            ]
            for score in summary.by_task
        ),
    )


def repeat_table(summary: Summary) -> Table:
    """Return pass@k and pass^k."""
    return table(
        "Several tries",
        "pass@k: the chance that at least one of k tries is right. pass^k: that all of k are. Unbiased estimates, "
        "means over tasks; a dash if any task has fewer than k measured trials, which the last column counts.",
        ("agent", "model", "k", "pass@k", "pass^k", "tasks", "with fewer than k"),
        (
            [
                text(contender.score.agent),
                text(contender.score.model),
                number(item.k, str(item.k)),
                number(item.any_right, percent(item.any_right)),
                number(item.all_right, percent(item.all_right)),
                number(item.n_tasks, str(item.n_tasks)),
                number(item.n_short, str(item.n_short)),
            ]
            for contender in summary.contenders
            for item in contender.repeats
        ),
    )


def agreement_table(summary: Summary) -> Table:
    """Return how alike repeated runs are."""
    return table(
        "Run-to-run agreement",
        "Share of pairs of runs that agree: final scripts and graded results to the byte, among trials with the same "
        "task and seed; outcomes (right or wrong) among all trials of a task. Means over tasks and seeds.",
        ("agent", "model", "same script", "pairs", "same results", "pairs", "same outcome", "pairs"),
        (
            [
                text(contender.score.agent),
                text(contender.score.model),
                *_pairs(contender.agreement.scripts),
                *_pairs(contender.agreement.results),
                *_pairs(contender.agreement.outcomes),
            ]
            for contender in summary.contenders
        ),
    )


def trust_table(summary: Summary) -> Table:
    """Return the agents' own word against the grade."""
    return table(
        "Can its word be trusted?",
        "False verified: results that the agent called verified and that are wrong. Wrong on rerun: results that "
        "passed and failed when the same script was run on fresh data. A dash: the agent never said so.",
        ("agent", "model", "false verified", "rate", "these tasks", "right though unverified", "rate",
         "right though failed", "rate", "wrong on rerun", "rate"),
        (
            [
                text(contender.score.agent),
                text(contender.score.model),
                *_rate(contender.trust.false_verified),
                _interval(contender.trust.false_verified),
                *_rate(contender.trust.unverified_right),
                *_rate(contender.trust.failed_right),
                *_rate(contender.trust.rerun_wrong),
            ]
            for contender in summary.contenders
        ),
    )  # fmt: skip


def control_table(summary: Summary) -> Table:
    """Return what came of the controls; no row if there are none."""
    return table(
        "Controls",
        "none: the agent got no data, so every pass is a fault of the grader. null: data with nothing in it; claimed "
        "are wrong results that the agent did not call failed, the false discoveries.",
        ("data", "agent", "model", "passed", "rate", "claimed", "rate", "these tasks"),
        (
            [
                text(item.data),
                text(item.agent),
                text(item.model),
                *_rate(item.passed),
                *_rate(item.claimed),
                _interval(item.claimed),
            ]
            for item in summary.controls
        ),
    )


def _score(score: Score) -> list[Entry]:
    like = score.success.tasks_like_these
    return [
        text(score.agent),
        text(score.model),
        *_rate(score.success),
        _interval(score.success),
        number(None if like is None else like.low, percent_interval(like)),
        number(score.success.n_tasks, str(score.success.n_tasks)),
        *_rate(score.success_of_all),
        number(score.infrastructure, str(score.infrastructure)),
        number(score.grader_failed, str(score.grader_failed)),
    ]


def _rate(value: Proportion) -> list[Entry]:
    return [number(value.successes, f"{value.successes}/{value.n}"), number(value.rate, percent(value.rate))]


def _interval(value: Proportion) -> Entry:
    interval = value.these_tasks
    return number(None if interval is None else interval.low, percent_interval(interval))


def _pairs(value: PairShare) -> list[Entry]:
    return [number(value.share, percent(value.share)), number(value.pairs, str(value.pairs))]
