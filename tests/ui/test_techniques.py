"""Helps of the agents are switched from the command line."""

import click
import pytest

from hepcoder.agents.options import Options
from hepcoder.agents.techniques import Techniques
from hepcoder.ui.options import TECHNIQUES
from hepcoder.ui.request import techniques_of


def test_the_command_line_names_every_technique() -> None:
    assert tuple(Techniques.model_fields) == TECHNIQUES


def test_helps_are_switched_on_and_off() -> None:
    found = techniques_of({"use": ("cross_check",), "without": ("rules",)})
    assert (found.cross_check, found.rules) == (True, False)
    assert techniques_of({}) == Techniques()


def test_helps_that_cost_a_call_are_on_unless_a_script_plays_the_model() -> None:
    live, scripted = (Options().settled(name).techniques for name in ("local:any", "scripted:answers.yaml"))
    assert all(live.model_dump().values())
    assert not any((scripted.quality, scripted.cards, scripted.typed_selection, scripted.cross_check))
    chosen = Options(techniques=Techniques(cross_check=False)).settled("local:any").techniques
    assert (chosen.cross_check, chosen.typed_selection) == (False, True)


def test_a_help_is_not_switched_both_ways() -> None:
    with pytest.raises(click.UsageError, match="both name cards"):
        techniques_of({"use": ("cards",), "without": ("cards",)})
