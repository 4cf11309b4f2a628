"""The typed selection: an analysis from files to results as one frozen record."""

from collections import Counter
from collections.abc import Iterator
from pathlib import PurePath
from typing import Self

from pydantic import Field, field_validator, model_validator

from hepcoder.ledger.record import Record
from hepcoder.tools.selection.candidate_records import Candidate, TwoPairs
from hepcoder.tools.selection.object_records import ObjectList
from hepcoder.tools.selection.output_records import (
    CutCount,
    CutflowFile,
    Fraction,
    JsonFile,
    OutputFile,
    PlotFile,
    RowsFile,
    values_of,
)
from hepcoder.tools.selection.parts import Category, Cut, Histogram, Quantity, Source
from hepcoder.tools.selection.vocabulary import known_or_nearest


class Selection(Record):
    """An analysis as data.

    Names are shared by objects, candidates and quantities: each may refer to any other, to collections and to columns
    of the data, in any order but without a circle.

    Attributes:
        title: One line; empty for none.
        sources: The samples; the same selection is made of each.
        objects: Lists of objects.
        candidates: One object, or one combination of objects, in each event.
        quantities: Numbers.
        cuts: In the order of the cutflow; empty selects all events.
        first_row: Name of the cutflow's row before any cut; None leaves it out.
        categories: Parts of the selected events.
        weight: Quantity or column with the weight of each event; None counts events.
        histograms: Of the selected events.
        outputs: Files to write.
    """

    title: str = ""
    sources: tuple[Source, ...] = Field(min_length=1)
    objects: tuple[ObjectList, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    cuts: tuple[Cut, ...] = ()
    first_row: str | None = "all"
    categories: tuple[Category, ...] = ()
    weight: str | None = None
    histograms: tuple[Histogram, ...] = ()
    outputs: tuple[OutputFile, ...] = ()

    @property
    def rows(self) -> tuple[str, ...]:
        """Names of the cutflow's rows."""
        first = () if self.first_row is None else (self.first_row,)
        return (*first, *(cut.name for cut in self.cuts))

    def sample(self, name: str | None) -> Source:
        """The source of that name; None is the first one."""
        return next(one for one in self.sources if name is None or one.name == name)

    @field_validator("outputs")
    @classmethod
    def _stay_in_the_folder(cls, outputs: tuple[OutputFile, ...]) -> tuple[OutputFile, ...]:
        for one in outputs:
            if PurePath(one.file).is_absolute() or ".." in PurePath(one.file).parts:
                msg = f"output {one.file!r} must be a path inside the folder"
                raise ValueError(msg)
        return outputs

    @model_validator(mode="after")
    def _names_are_unique_and_known(self) -> Self:
        for what, names in self._named():
            twice = [name for name, times in Counter(names).items() if times > 1]
            if twice:
                msg = f"{what} named twice: {', '.join(twice)}; give each a name of its own"
                raise ValueError(msg)
        for what, kind, name, known in self._references():
            if name is not None and name not in known:
                msg = f"{what} names the unknown {kind} {name!r}; nearest: {known_or_nearest(name, known)}"
                raise ValueError(msg)
        return self

    def _named(self) -> Iterator[tuple[str, list[str]]]:
        names = [one.name for one in (*self.objects, *self.candidates, *self.quantities)]
        names += [one.other for one in self.candidates if isinstance(one, TwoPairs)]
        yield "objects, candidates or quantities", names
        yield "cuts", list(self.rows)
        yield "categories", [one.name for one in self.categories]
        yield "histograms", [one.name for one in self.histograms]
        yield "sources", [one.name for one in self.sources]
        yield "outputs", [one.file for one in self.outputs]

    def _references(self) -> Iterator[tuple[str, str, str | None, list[str]]]:
        """(who, kind of name, name, what exists) for names inside the selection itself."""
        categories, rows = [one.name for one in self.categories], list(self.rows)
        samples, histograms = [one.name for one in self.sources], [one.name for one in self.histograms]
        for one in self.histograms:
            yield f"histogram {one.name!r}", "category", one.category, categories
            yield f"histogram {one.name!r}", "cut", one.after, rows
        for output in self.outputs:
            values = values_of(output) if isinstance(output, JsonFile | RowsFile) else [output]
            for value in values:
                yield output.file, "category", getattr(value, "category", None), categories
                yield output.file, "sample", getattr(value, "sample", None), samples
                for histogram in getattr(value, "of", ()) if output.kind == "histograms" else ():
                    yield output.file, "histogram", histogram, histograms
                if isinstance(value, CutCount | Fraction):
                    yield output.file, "cut", value.cut, rows
                if isinstance(value, Fraction):
                    yield output.file, "cut", value.of, rows
            if isinstance(output, PlotFile):
                drawn = [one.name for one in self.histograms if one.after is None]
                yield output.file, "histogram of the selected events", output.histogram, drawn
            if isinstance(output, CutflowFile):
                for sample in output.columns:
                    yield output.file, "sample", sample, samples
