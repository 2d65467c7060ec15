"""The medicines of one page, each gold one with what was read for it, and how that is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.prescriptions.critical import field_errors, wrong_drug
from eval.prescriptions.drug_names import letters
from eval.prescriptions.fields import FIELDS, Fields, fields_of_gold, fields_of_row, is_same, shown
from eval.prescriptions.gold import GoldMedicine
from eval.prescriptions.matching import Match, Outcome, Reading, match_medicines
from eval.records import ScoredMedicine

Row = Mapping[str, Any]
"""A medicine read, as `ocr.records.Medication` declares it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A gold medicine and the row read for it; one of them may be missing."""

    outcome: Outcome
    gold: GoldMedicine | None
    told: Fields | None  # of the gold medicine
    row: Row | None
    read: Fields | None  # of the row

    @property
    def is_gold(self) -> bool:
        """Whether it counts as a medicine that there is."""
        return self.gold is not None and self.gold.confident

    @property
    def is_read(self) -> bool:
        """Whether it counts as a medicine that was read."""
        return self.row is not None and self.outcome is not Outcome.EXCUSED

    def is_scored(self, field: str) -> bool:
        """Whether gold is sure of a field, or there is no gold medicine."""
        return self.gold is None or field not in self.gold.unscored

    def is_right(self, *fields: str) -> bool:
        """Whether the medicine was found and these fields, where scored, mean the same."""
        if self.outcome is not Outcome.FOUND or self.told is None or self.read is None:
            return False
        told, read = self.told, self.read
        return all(is_same(field, told, read) for field in fields if self.is_scored(field))


def pair_medicines(gold: Sequence[GoldMedicine], rows: Sequence[Row]) -> list[Pair]:
    """Gold medicines in order, then those read that gold does not have; names as matched, else as read."""
    told, read = [fields_of_gold(medicine) for medicine in gold], [fields_of_row(row) for row in rows]

    def fields_right(g: int, r: int) -> int:
        return sum(field not in gold[g].unscored and is_same(field, told[g], read[r]) for field in FIELDS)

    matches = match_medicines(
        gold, [Reading(name_of(row), row["line"], repr(row)) for row in rows], fields_right
    )
    return [
        Pair(
            outcome=match.outcome,
            gold=None if match.gold is None else gold[match.gold],
            told=None if match.gold is None else told[match.gold],
            row=None if match.read is None else rows[match.read],
            read=None if match.read is None else read[match.read],
        )
        for match in matches
    ]


def match_raw(gold: Sequence[GoldMedicine], rows: Sequence[Row]) -> list[Match]:
    """The matching by names as read, before the formulary."""
    return match_medicines(gold, [Reading(row["drug_text"], row["line"], repr(row)) for row in rows])


def name_of(row: Row) -> str:
    """The name that a row states: as matched in the formulary, else as read."""
    return str(row["drug"] or row["drug_text"])


def corrected_line(row: Row) -> str:
    """The line read, with the name as the formulary spells it where it was read otherwise."""
    line, read, drug = str(row["line"]), str(row["drug_text"]), row["drug"]
    if not drug or not read or letters(read) == letters(drug):
        return line
    return line.replace(read, str(drug), 1)


def confidence_of(row: Row) -> float:
    """The probability that a row states, else the engine's score, 0 to 1."""
    stated = row["score"] if row["confidence"] is None else row["confidence"]
    return min(1.0, max(0.0, float(stated)))


def scored(pair: Pair) -> ScoredMedicine:
    """The pair as an item holds it."""
    row = pair.row
    wrong, critical = _errors(pair)
    return ScoredMedicine(
        outcome=str(pair.outcome),
        gold=pair.gold.line if pair.gold else None,
        gold_name=pair.gold.name if pair.gold else None,
        line=row["line"] if row else None,
        name=name_of(row) if row else None,
        wrong=wrong,
        critical=critical,
        needs_review=bool(row and row["needs_review"]),
        confidence=confidence_of(row) if row else None,
        box=tuple(map(float, row["box"])) if row and row["box"] else None,
    )


def _errors(pair: Pair) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields read wrongly, and the critical errors."""
    gold, told, row, read = pair.gold, pair.told, pair.row, pair.read
    if gold is None or told is None or row is None or read is None:
        return (), ()
    if pair.outcome is Outcome.MISNAMED:
        mistaken = f"{name_of(row)} for {gold.name}"
        kind = wrong_drug(gold, row)
        return (f"name: {mistaken}",), (f"{kind}: {mistaken}",) if kind else ()
    if pair.outcome is not Outcome.FOUND:
        return (), ()
    wrong = [field for field in FIELDS if not pair.is_right(field)]
    return (
        tuple(f"{field}: {shown(field, read)} for {shown(field, told)}" for field in wrong),
        tuple(field_errors(gold, told, read)),
    )
