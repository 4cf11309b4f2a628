"""Walks over a request from left to right and collects selections and conditions."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from hepcoder.agents.drafting import grammar
from hepcoder.agents.drafting.places import Places, is_numbered, variable_of
from hepcoder.agents.drafting.records import Condition, Selection
from hepcoder.tools.layout_records import Collection

Write = Callable[[str], str]
"""Makes a condition of the left side it is given."""


class Walk:
    """What was read so far; a cut belongs to the objects named last."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.selections: list[Selection] = []
        self.conditions: list[Condition] = []
        self.mass: list[str] = []
        self.leading: list[tuple[int, int]] = []
        self.current: list[int] = []
        self.rank = 0
        self.noun_end = 0

    def take(self, match: re.Match[str]) -> None:
        """Use one match of the grammar."""
        for group, use in (
            ("noun", self._noun),
            ("cut", self._cut),
            ("window", self._window),
            ("between", self._between),
            ("bare", self._bare),
            ("crack", self._crack),
            ("passed", self._passed),
            ("flag", self._level),
            ("alone", self._alone),
            ("those", self._those),
        ):
            if match[group]:
                use(match)
                return

    def _noun(self, match: re.Match[str]) -> None:
        self.noun_end = match.end()
        kind = next(kind for kind in grammar.NOUNS if match[kind])
        before = match.string[: match.start()].rstrip()
        targets = [self._latest(collection) for collection in self.places.collections_of(kind)]
        joined = bool(self.current and targets) and self._is_joined(before, match)
        self.current = list(dict.fromkeys([*self.current, *targets])) if joined else targets
        self.rank = self._rank_of(match["rank"], before)
        if kind == "bjet" and self.current:
            self._btagged()
        level = grammar.level_of(f"{before[-20:]} {match[0]}")
        if level:
            self._identify(level, also=False)
        if self.rank and len(self.current) == 1:
            self.leading.append((self.current[0], self.rank))
        condition = grammar.condition_of(match)
        last = self.conditions[-1] if self.conditions else None
        if condition is not None and self.current:
            self.conditions.append(Condition("", condition, tuple(self.current)))
        elif joined and last is not None and last.members and set(last.members) <= set(self.current):
            self.conditions[-1] = replace(last, members=tuple(self.current))

    def _is_joined(self, before: str, match: re.Match[str]) -> bool:
        free = not self.rank and not match["cop"] and not any(self.selections[one].cuts for one in self.current)
        return free and bool(re.search(r"(?:\b(?:or|and)|[/,(])$", before))

    def _rank_of(self, word: str | None, before: str) -> int:
        if not word or re.search(r"\b(?:two|2|both)\s*$", before):
            return 0
        return 1 if word.lower() in grammar.FIRST_RANKS else 2

    def _latest(self, collection: Collection) -> int:
        name = variable_of(collection.name)
        for index in range(len(self.selections) - 1, -1, -1):
            one = self.selections[index]
            if one.collection == collection.name and one.name.startswith(name):
                return index
        return self._new(Selection(name=name, collection=collection.name))

    def _new(self, selection: Selection) -> int:
        self.selections.append(selection)
        return len(self.selections) - 1

    def _btagged(self) -> None:
        base = self.selections[self.current[0]]
        known = [index for index, one in enumerate(self.selections) if one.name == f"b{base.name}"]
        tagged = ("({x}.btag != 0)",) if self.places.has_field(base.collection, "btag") else ()
        self.current = known or [self._new(replace(base, name=f"b{base.name}", cuts=base.cuts + tagged))]

    def _cut(self, match: re.Match[str]) -> None:
        operator, value = grammar.operator_of(match["op"]), match["value"]
        for quantity in filter(None, (match["aq"], match["cq"])):
            self._add(quantity, f"|{quantity}|" in match["cut"], lambda left: f"({left} {operator} {value})")

    def _window(self, match: re.Match[str]) -> None:
        before = match.string[max(0, match.start() - 40) : match.start()]
        out = re.search(r"exclud|outside|except|remov|veto|crack|not in", before, re.IGNORECASE)
        low, high = match["low"], match["high"]
        write = _outside(low, high) if out else _inside(low, high)
        self._add(match["wq"], "|" in match["window"], write)

    def _between(self, match: re.Match[str]) -> None:
        self._add(match["bq"], "|" in match["between"], _inside(match["blow"], match["bhigh"]))

    def _bare(self, match: re.Match[str]) -> None:
        operator, value = grammar.operator_of(match["bop"]), match["bvalue"]
        if self.current and not match.string[self.noun_end : match.start()].strip():
            self._attach("pt", lambda left: f"({left} {operator} {value})", absolute=False)

    def _crack(self, match: re.Match[str]) -> None:
        if self.current:
            self._attach("eta", _outside(match["clow"], match["chigh"]), absolute=True)

    def _passed(self, match: re.Match[str]) -> None:
        place = self.places.flag(match["pname"])
        if place is not None:
            self.conditions.append(Condition(f"{match['pname']}_cut", place))
        elif match["pname"].lower() in grammar.LEVELS:
            also = match.string[: match.start()].rstrip().lower().endswith("also")
            self._identify(match["pname"].lower(), also=also)

    def _level(self, match: re.Match[str]) -> None:
        self._identify(match["level"].lower(), also=bool(match["also"]))

    def _identify(self, level: str, *, also: bool) -> None:
        if len(self.current) != 1:
            return
        base = self.selections[self.current[0]]
        field = self.places.level_field(base.collection, level)
        if field is None or f"{{x}}.{field}" in base.cuts:
            return
        refined = replace(base, cuts=(*base.cuts, f"{{x}}.{field}"))
        if also:
            self.current = [self._new(replace(refined, name=f"{level}_{base.name}"))]
        else:
            self.selections[self.current[0]] = refined

    def _alone(self, match: re.Match[str]) -> None:
        self.rank = 2 if match["alone"].lower().startswith("sub") else 1

    def _those(self, match: re.Match[str]) -> None:
        condition = grammar.condition_of(match, "2")
        if self.current and condition is not None:
            self.conditions.append(Condition("", condition, tuple(self.current)))

    def _add(self, quantity: str, absolute: bool, write: Write) -> None:
        place = self._place(quantity)
        if place is not None:
            self.conditions.append(Condition(f"{quantity}_cut", write(f"abs({place})" if absolute else place)))
            return
        collection, field = self.places.fields.get(quantity, (None, quantity.lower()))
        if collection is not None and not any(self.selections[i].collection == collection.name for i in self.current):
            self.current = [self._latest(collection)]
        numbered = [] if self.current else [one for one in self.places.columns if is_numbered(one, field)]
        for one in numbered:
            left = f"abs(events.{one})" if absolute else f"events.{one}"
            self.conditions.append(Condition(f"{one}_cut", write(left)))
        if field == "mass" and not numbered:
            self.mass.append(write("{m}"))
        elif self.current and quantity not in {"MET", "HT"}:
            self._attach(field, write, absolute=absolute)

    def _place(self, quantity: str) -> str | None:
        """The expression of a quantity of the event, None when it is one of objects."""
        jets = [one.name for one in self.selections if "jet" in one.name]
        if quantity == "HT" and jets:
            return f"ht({jets[-1]})"
        return self.places.of_event(quantity)

    def _attach(self, field: str, write: Write, *, absolute: bool) -> None:
        left = f"abs({{x}}.{field})" if absolute else f"{{x}}.{field}"
        if self.rank and field == "pt" and len(self.current) == 1:
            name = self.selections[self.current[0]].name
            objects, prefix = (f"leading({name})", "lead") if self.rank == 1 else (f"leading({name}, 2)", "sublead")
            self.conditions.append(Condition(f"{prefix}_cut", write(left.replace("{x}", objects))))
            return
        self.current = [self._with_cut(one, write(left)) for one in self.current]

    def _with_cut(self, index: int, cut: str) -> int:
        """Add a cut; another cut on the same side of the same quantity starts another selection."""
        old = self.selections[index]
        side = cut[: cut.rfind(" ") + 1]
        if any(one.startswith(side) and one != cut for one in old.cuts):
            number = 1 + sum(one.collection == old.collection for one in self.selections)
            name = f"{variable_of(old.collection)}{number}"
            new = self._new(Selection(name=name, collection=old.collection, cuts=(cut,)))
            last = self.conditions[-1] if self.conditions else None
            if last is not None and last.members == (index,):
                self.conditions[-1] = replace(last, members=(new,))
            return new
        if cut not in old.cuts:
            self.selections[index] = replace(old, cuts=(*old.cuts, cut))
        return index

    def named_conditions(self) -> Iterator[tuple[str, str]]:
        """(variable, expression) of each condition, every variable once."""
        seen: dict[str, int] = {}
        for one in dict.fromkeys(self.conditions):
            names = [self.selections[member].name for member in one.members]
            counted = " + ".join(f"count({name})" for name in names)
            name = re.sub(r"\W", "_", one.name or f"{'_'.join(names)}_cut")
            seen[name] = seen.get(name, 0) + 1
            yield (name if seen[name] == 1 else f"{name}{seen[name]}"), f"({counted} {one.text})" if names else one.text


def _inside(low: str, high: str) -> Write:
    return lambda left: f"(({left} > {low}) & ({left} < {high}))"


def _outside(low: str, high: str) -> Write:
    return lambda left: f"~(({left} > {low}) & ({left} < {high}))"
