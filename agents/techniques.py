"""What helps a model, each to be switched off to see what it is worth."""

from hepcoder.ledger.record import Record


class Techniques(Record):
    """Which helps are in use; they are part of a run's manifest, so that an ablation can be told from its ledger.

    Those that may be None are on unless said otherwise, but for a scripted model, which has no answer to a call that
    its script does not foresee (see `settled`).

    Attributes:
        inspection: The prompt says what the input files hold; off, it names them only.
        quality: Inspection also judges the data (`hepcoder.tools.inspect.quality`), and the prompt says what it found.
        head_start: The coder completes a draft that rules made of the request.
        rules: Scripts are repaired by rules, before a run and after a failure.
        model_repair: A script that rules cannot repair goes to the model with its error.
        fresh_drafts: When repairs are used up, a different draft is asked for.
        cards: The prompt has the cards of the toolbox functions that fit the request.
        typed_selection: The request is also put into a typed selection, in a call of its own; where no script of the
            coder works, its script is the next draft.
        cross_check: The verifier compares the script's results with those of the typed selection.
    """

    inspection: bool = True
    quality: bool | None = None
    head_start: bool = True
    rules: bool = True
    model_repair: bool = True
    fresh_drafts: bool = True
    cards: bool | None = None
    typed_selection: bool | None = None
    cross_check: bool | None = None

    def settled(self, *, scripted: bool) -> "Techniques":
        """The helps of a trial, each on or off.

        Args:
            scripted: Whether a script plays the model.

        Example:
            >>> Techniques(cards=False).settled(scripted=False).model_dump(include={"cards", "cross_check"})
            {'cards': False, 'cross_check': True}
        """
        open_ones = {name: not scripted for name, value in self if value is None}
        return self.model_copy(update=open_ones)
