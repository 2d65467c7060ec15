"""What is counted on a page, and the measures made of it.

A field counts as found where its medicine was found and the field means the same. A field of a missed
medicine is missed, one of an invented medicine invented, one read wrongly both; what is absent from both
sides counts nothing. `name_dosage` is a medicine with name, strength and frequency all right, which is
MIRAGE's measure; there, what is absent from both sides is right. Characters and words are counted on the
lines that were read for gold ones, whatever their names; lines with a gap in gold are left out.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from eval.measures import Better, Measure, calibration_counts, detection, expected_calibration_error, mean
from eval.prescriptions.characters import character_counts, word_counts
from eval.prescriptions.critical import Critical
from eval.prescriptions.drug_names import letters
from eval.prescriptions.fields import FIELDS
from eval.prescriptions.matching import Match, Outcome
from eval.prescriptions.medicines import Pair, Row, confidence_of, corrected_line
from eval.records import ScoredMedicine

DOSAGE: Final = ("strength", "frequency")
"""Fields that must be right beside the name for a medicine to be right."""
_TOGETHER: Final = {"name_dosage": DOSAGE, "name_frequency": ("frequency",)}
_RATES: Final = {
    "wrong_drug_rate": Critical.WRONG_DRUG,
    "lookalike_rate": Critical.LOOKALIKE,
    "tenfold_rate": Critical.TENFOLD,
    "wrong_frequency_rate": Critical.FREQUENCY,
}
_GAP: Final = "["  # opens what a person could not read, in a gold line

MEASURES: Final[tuple[Measure, ...]] = (
    *detection("name", "drug, as matched in the formulary, else as read"),
    *detection("raw_name", "drug as read"),
    *detection("strength", "strength of the right drug"),
    *detection("form", "form of the right drug"),
    *detection("frequency", "schedule of the right drug"),
    *detection("duration", "duration of the right drug"),
    *detection("name_frequency", "drug and frequency together"),
    *detection("name_dosage", "drug, strength and frequency together"),
    mean("page_exact", "pages with every medicine and field right and none invented"),
    mean("seen_name_recall", "drugs found, of those whose name was trained on"),
    mean("unseen_name_recall", "drugs found, of those whose name was not trained on"),
    mean("once_name_recall", "drugs found, of those that occur once in the gold reading"),
    mean("repeated_name_recall", "drugs found, of those that occur more than once in it"),
    mean("cer", "character error rate of lines read for gold ones", Better.LOWER),
    mean("corrected_cer", "the same, names as the formulary spells them", Better.LOWER),
    mean("wer", "word error rate of lines read for gold ones", Better.LOWER),
    mean("corrected_wer", "the same, names as the formulary spells them", Better.LOWER),
    Measure(
        "ece",
        "ece",
        expected_calibration_error,
        "gap between confidence and share of medicines with drug, strength and frequency right",
        Better.LOWER,
        size=lambda sums: float(sums[: len(sums) // 3].sum()),
    ),
    mean("review_rate", "medicines marked for review, of those read", Better.NEITHER),
    mean("unreviewed_wrong_drug", "wrong drugs, of the medicines not marked for review", Better.LOWER),
    mean("critical_rate", "medicines with a critical error, of those read for gold ones", Better.LOWER),
    mean("wrong_drug_rate", "medicines read as another, no look-alike, likewise", Better.LOWER),
    mean("lookalike_rate", "medicines read as a look-alike, likewise", Better.LOWER),
    mean("tenfold_rate", "strength or dose wrong by a power of ten, likewise", Better.LOWER),
    mean("wrong_frequency_rate", "another number of times a day, likewise", Better.LOWER),
)


def counts_of(
    pairs: Sequence[Pair], medicines: Sequence[ScoredMedicine], raw: Sequence[Match], *, failed: bool
) -> dict[str, tuple[float, ...]]:
    """The counts of a page's pairs, of the same as scored, and of its matching by names as read."""
    exact = not failed and all(pair.is_right(*FIELDS) for pair in pairs if pair.is_gold or pair.is_read)
    return {
        "name": _detected(pair.outcome for pair in pairs),
        "raw_name": _detected(match.outcome for match in raw),
        **{field: _summed(_field(pair, field) for pair in pairs) for field in FIELDS},
        **{name: _summed(_together(pair, fields) for pair in pairs) for name, fields in _TOGETHER.items()},
        "page_exact": (float(exact), 1.0),
        **_text_counts(pairs),
        **_trust_counts([pair for pair in pairs if pair.is_read]),
        **_critical_counts([m for m in medicines if m.outcome in (Outcome.FOUND, Outcome.MISNAMED)]),
    }


def recall_counts(
    pairs: Iterable[Pair], groups: Mapping[str, Collection[str]]
) -> dict[str, tuple[float, ...]]:
    """Counts `<group>_name_recall` of the gold medicines in each group of names (their letters), if any."""
    counted = [pair for pair in pairs if pair.is_gold]
    found: dict[str, tuple[float, ...]] = {}
    for group, names in groups.items():
        of_group = [pair for pair in counted if pair.gold and letters(pair.gold.name) in names]
        if of_group:
            hits = sum(pair.outcome is Outcome.FOUND for pair in of_group)
            found[f"{group}_name_recall"] = (float(hits), float(len(of_group)))
    return found


def _detected(outcomes: Iterable[Outcome]) -> tuple[float, ...]:
    """True and false positives, false negatives; a misnamed medicine is one of either of the latter."""
    number = Counter(outcomes)
    misnamed = number[Outcome.MISNAMED]
    return (
        float(number[Outcome.FOUND]),
        float(number[Outcome.INVENTED] + misnamed),
        float(number[Outcome.MISSED] + misnamed),
    )


def _field(pair: Pair, field: str) -> tuple[float, ...]:
    scored = pair.is_scored(field)
    is_told = scored and pair.is_gold and getattr(pair.told, field) is not None
    is_given = scored and pair.is_read and getattr(pair.read, field) is not None
    return _positives(is_told and is_given and pair.is_right(field), is_given, is_told)


def _together(pair: Pair, fields: Sequence[str]) -> tuple[float, ...]:
    return _positives(pair.is_right(*fields), pair.is_read, pair.is_gold)


def _positives(is_right: bool, is_given: bool, is_told: bool) -> tuple[float, ...]:
    return (float(is_right), float(is_given and not is_right), float(is_told and not is_right))


def _summed(counts: Iterable[tuple[float, ...]]) -> tuple[float, ...]:
    return tuple(map(sum, zip(*counts, strict=True))) or (0.0, 0.0, 0.0)


def legible_lines(pairs: Iterable[Pair]) -> list[tuple[Row, str]]:
    """Rows with the gold line that each was read for, where that has no gap."""
    return [
        (pair.row, pair.gold.line)
        for pair in pairs
        if pair.row is not None
        and pair.gold is not None
        and pair.outcome is not Outcome.EXCUSED
        and pair.gold.line
        and _GAP not in pair.gold.line
    ]


def _text_counts(pairs: Sequence[Pair]) -> dict[str, tuple[float, ...]]:
    lines = [(str(row["line"]), corrected_line(row), gold) for row, gold in legible_lines(pairs)]
    if not lines:
        return {}
    return {
        "cer": _summed(character_counts(raw, gold) for raw, _, gold in lines),
        "corrected_cer": _summed(character_counts(corrected, gold) for _, corrected, gold in lines),
        "wer": _summed(word_counts(raw, gold) for raw, _, gold in lines),
        "corrected_wer": _summed(word_counts(corrected, gold) for _, corrected, gold in lines),
    }


def _trust_counts(read: Sequence[Pair]) -> dict[str, tuple[float, ...]]:
    """How far what is said of the medicines read can be trusted."""
    rows = [(pair, pair.row) for pair in read if pair.row]
    if not rows:
        return {}
    marked = sum(bool(row["needs_review"]) for _, row in rows)
    unmarked = [pair for pair, row in rows if not row["needs_review"]]
    counts: dict[str, tuple[float, ...]] = {
        "ece": calibration_counts(
            [confidence_of(row) for _, row in rows], [pair.is_right(*DOSAGE) for pair, _ in rows]
        ),
        "review_rate": (float(marked), float(len(rows))),
    }
    if unmarked:
        wrong = sum(pair.outcome is not Outcome.FOUND for pair in unmarked)
        counts["unreviewed_wrong_drug"] = (float(wrong), float(len(unmarked)))
    return counts


def _critical_counts(medicines: Sequence[ScoredMedicine]) -> dict[str, tuple[float, ...]]:
    """Of medicines read for gold ones."""
    if not medicines:
        return {}
    kinds = [{error.partition(":")[0] for error in medicine.critical} for medicine in medicines]
    number = float(len(medicines))
    return {
        "critical_rate": (float(sum(map(bool, kinds))), number),
        **{rate: (float(sum(kind in found for found in kinds)), number) for rate, kind in _RATES.items()},
    }
