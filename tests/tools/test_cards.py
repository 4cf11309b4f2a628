"""Cards say what the docstrings say, their examples run, and a request gets the cards it needs."""

import importlib
import inspect
from pathlib import Path

import awkward as ak
import numpy as np
import pytest

from hepcoder import tools
from hepcoder.tools.cards import all_cards, cards_for
from hepcoder.tools.cards.card import Card
from hepcoder.tools.cards.catalogue import catalogue
from hepcoder.tools.cards.retrieval import plain_words
from hepcoder.tools.inspect import FileFacts, inspect_input
from hepcoder.tools.learning import Inputs, Process, Splitting
from hepcoder.tools.learning.data.sources import open_source
from hepcoder.tools.learning.runs.predictors import save_predictor
from hepcoder.tools.learning.tabular.configs import TreesConfig
from hepcoder.tools.learning.tabular.fitting import fit_tabular

BUDGET = 700
# Requests as users put them, with the functions that a right answer is made of.
REQUESTS: tuple[tuple[str, str], ...] = (
    ("Remove jets within Delta R < 0.4 of a selected electron.", "clean"),
    ("Do the jet-lepton overlap removal with a cone of 0.4, then count jets.", "clean count"),
    ("Keep photons with |eta| < 2.37 outside the crack 1.37-1.52.", "outside_crack"),
    ("Exclude photons in the barrel-endcap transition region.", "outside_crack"),
    ("Require at least two b-jets and plot their number.", "b_tagged count plot_histogram"),
    ("Veto events with b-tagged jets.", "b_tagged"),
    ("Find the opposite-sign same-flavour pair closest to the Z mass.", "ossf_pairs nearest_to_mass"),
    ("WZ to three leptons: at least one OSSF pair with 76 < m < 106 GeV, transverse mass of the third lepton and MET.",
     "ossf_pairs transverse_mass merge_leptons"),
    ("Build the Z candidate out of electrons or muons, nearest to 91.2 GeV.", "nearest_to_mass merge_leptons"),
    ("Select same-sign dileptons and make a cutflow.", "same_sign_pairs Cutflow"),
    ("H->ZZ->4l: both Z candidates of four leptons and their mass.", "disjoint_pairs merge_leptons invariant_mass"),
    ("Trijet with mass closest to 172.5 GeV in each event.", "nearest_to_mass"),
    ("Plot the Collins-Soper |cos theta*| of the diphoton system.", "collins_soper_cos_theta plot_histogram"),
    ("Measure the forward-backward asymmetry in the polar angle of the negative muon.", "collins_soper_cos_theta"),
    ("Compute the eta centrality of the ditau system between the two leading jets.", "centrality"),
    ("Zeppenfeld variable of the third jet.", "zeppenfeld_centrality"),
    ("VBF: m_jj > 400 GeV and |delta eta(jj)| > 2.5.", "delta_eta invariant_mass"),
    ("Semileptonic ttbar: reconstruct the hadronic W from two light jets and the top with the leading b-jet.",
     "hadronic_w hadronic_top b_tagged"),
    ("Histogram of the hadronic top mass, 40 bins from 120 to 220 GeV.", "hadronic_top histogram"),
    ("Delta R between the lepton and the nearest b-jet.", "nearest_delta_r b_tagged"),
    ("For each muon find the closest jet and its pt.", "nearest"),
    ("Transverse mass of the lepton and missing momentum.", "transverse_mass"),
    ("pT of the diphoton pair and its rapidity.", "add_momenta rapidity"),
    ("Plot the transverse momentum of the dilepton system.", "add_momenta plot_histogram"),
    ("HT, the scalar sum of jet pt.", "ht"),
    ("Mass of all opposite-charge muon pairs.", "opposite_sign_pairs invariant_mass"),
    ("Azimuthal angle between the leading jet and MET.", "delta_phi leading"),
    ("Cutflow with efficiencies and their uncertainties after each cut, saved as JSON.", "cutflow_table save_json"),
    ("What is the trigger efficiency with its binomial uncertainty?", "efficiency"),
    ("Scale the simulation to 36.1 fb^-1 with a cross-section of 2.3 pb.", "luminosity_weight"),
    ("Stack the backgrounds weighted to luminosity, with data points and a ratio.", "plot_stack luminosity_weight"),
    ("Compare the normalised shapes of signal and background.", "plot_shapes"),
    ("Fit the Z peak with a Breit-Wigner convolved with a Gaussian and an exponential background.", "fit_peak"),
    ("Fit the J/psi with a Crystal Ball and plot the fit result.", "fit_peak plot_peak_fit"),
    ("Give the position and width of the resonance with uncertainties from a likelihood fit.", "fit_peak"),
    ("Expected Asimov significance with 10 % background uncertainty.", "asimov_significance"),
    ("Choose category boundaries on the classifier score so that the combined significance is largest.",
     "greedy_categories combined_significance"),
    ("The file is larger than memory: process it in chunks.", "iterate_events"),
    ("Save the selected events to a Parquet file.", "save_parquet"),
    ("Write leading jet pt and MET of selected events to a CSV file.", "save_csv leading"),
    ("Save the pt array of all muons in muons.npz.", "save_npz"),
    ("Draw the number of events after each cut as a bar chart.", "plot_cutflow"),
    ("Train boosted trees on signal.parquet against background.parquet and give the test AUC.", "train_classifiers"),
    ("Train the three classifiers on the ttbar selection and tell me which separates best.", "train_classifiers"),
    ("Use a graph neural network to discriminate signal from background and draw the ROC curve.", "train_classifiers"),
    ("Train an MLP and a transformer on the jets and apply them to new files.", "train_classifiers apply_classifier"),
    ("Separate the signal from the backgrounds with a BDT.", "train_classifiers"),
    ("Score the events of data.parquet with the trained model.", "apply_classifier"),
    ("Apply the classifier to data.parquet.", "apply_classifier"),
    ("Run the selection on all samples and save the selected events with event ids for training.",
     "select_samples save_selected"),
)  # fmt: skip


def write_samples(folder: Path) -> None:
    """The files that the examples of learning read, and a classifier that was trained on them."""
    dice = np.random.default_rng(1)
    for name, mean in {"signal": 1.0, "background": 0.0, "data": 0.0}.items():
        columns = {"mass": dice.normal(mean, 1, 200), "met": dice.exponential(30, 200)}
        tools.save_csv(folder / f"{name}.csv", columns)
        tools.save_selected(folder / f"{name}.parquet", columns, event_id=np.arange(200), process=name, weight=1.0)
    processes = [
        Process(name=name, label=name, files=(str(folder / f"{name}.parquet"),)) for name in ("signal", "background")
    ]
    events = open_source(processes, Inputs(event=("mass", "met")), Splitting())
    save_predictor(fit_tabular(TreesConfig(iterations=5), events), folder / "learned" / "trees")


@pytest.mark.parametrize("card", all_cards(), ids=lambda card: card.name)
def test_a_card_is_its_docstring_and_its_example_runs(
    card: Card, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if card.module.startswith("learning."):
        write_samples(tmp_path)
    function = getattr(importlib.import_module(f"hepcoder.tools.{card.module}"), card.name)
    assert card.gives in " ".join((inspect.getdoc(function) or "").split())
    parameters = inspect.signature(function).parameters
    assert all(name in card.signature for name in parameters)
    everything = {
        name: getattr(importlib.import_module(f"hepcoder.tools.{entry.module}"), name)
        for name, entry in catalogue().items()
    }
    assert card.name in card.example
    exec(card.example, {**everything, "ak": ak, "np": np})


def test_every_exported_function_has_a_card() -> None:
    assert set(tools.__all__) <= set(catalogue())
    assert all(card.tokens < 220 for card in all_cards())


def test_words_of_the_catalogue_are_plain() -> None:
    for name, entry in catalogue().items():
        assert set(entry.along) <= set(catalogue()), name
        for phrase in entry.words:
            plain = phrase.replace("*", "").removesuffix("!")
            assert plain_words(plain).strip() == plain, phrase


def test_recall_on_requests() -> None:
    wanted = missed = 0
    for request, names in REQUESTS:
        found = [card.name for card in cards_for(request, (), BUDGET)]
        lost = [name for name in names.split() if name not in found]
        wanted, missed = wanted + len(names.split()), missed + len(lost)
        if lost:
            print(f"{', '.join(lost)} missed for {request!r}: {', '.join(found)}")
    recall = 1 - missed / wanted
    print(f"recall {recall:.3f} of {wanted} functions in {len(REQUESTS)} requests within {BUDGET} tokens")
    assert recall >= 0.95


@pytest.mark.parametrize("budget", [0, 60, 300, 2000])
def test_the_budget_is_kept(budget: int) -> None:
    for request, _ in REQUESTS:
        cards = cards_for(request, (), budget)
        assert sum(card.tokens for card in cards) <= budget
        assert len({card.name for card in cards}) == len(cards)


def facts_of(folder: Path, columns: str) -> FileFacts:
    path = folder / "data.csv"
    path.write_text(f"{columns}\n" + ",".join("1" for _ in columns.split(",")) + "\n")
    return inspect_input(path)


def test_functions_for_objects_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    request = "hadronic top candidates from b-jets, and the significance"
    assert "hadronic_top" in [card.name for card in cards_for(request, ())]
    table = facts_of(tmp_path, "pt1,eta1")
    assert [card.name for card in cards_for(request, [table])] == ["asimov_significance"]
    (tmp_path / "a.lhco").write_text("0 1 2\n1 4 0 0 50 5 3 1 1 0 0\n")
    lhco = inspect_input(tmp_path / "a.lhco")
    assert "hadronic_top" in [card.name for card in cards_for(request, [table, lhco])]


def test_words_that_ask_for_nothing_get_nothing() -> None:
    assert cards_for("Hello there", ()) == ()
    assert cards_for("", ()) == ()
