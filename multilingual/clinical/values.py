"""What annotations hold: doses, frequencies, meals, amounts by time of day."""

from dataclasses import dataclass

from multilingual.clinical.numerals import show_number
from multilingual.clinical.patterns import Amounts


@dataclass(frozen=True, slots=True)
class Dose:
    """An amount a time: `most` is the upper end of a range, `unit` None where none is written."""

    amount: float
    unit: str | None = None
    most: float | None = None

    def __str__(self) -> str:
        figures = show_number(self.amount) + (f"-{show_number(self.most)}" if self.most else "")
        return f"{figures} {self.unit}" if self.unit else figures


@dataclass(frozen=True, slots=True)
class Times:
    """A frequency in times a day, None of a range; "1 x 3 x 5" tells the dose and the duration too."""

    per_day: float | None
    dose: Dose | None = None
    days: float | None = None


@dataclass(frozen=True, slots=True)
class Meal:
    """A relation to food, and the times of day of the meals that are named."""

    relation: str
    slots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Amount:
    """Amounts by time of day with their unit, if one is written."""

    amounts: Amounts
    unit: str | None
