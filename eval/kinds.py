"""The kinds of evaluation: what each measures, and the slice that its figures are never averaged over."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from eval.entities import scoring as entities
from eval.measures import Measure
from eval.prescriptions import counts as prescriptions
from eval.summaries import scoring as summaries


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of evaluation; its items' record is `eval.records.KINDS[name]`."""

    name: str
    measures: tuple[Measure, ...]
    apart: str | None = None


KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind("ocr", prescriptions.MEASURES),
        Kind("summaries", summaries.MEASURES, summaries.APART),
        Kind("entities", entities.MEASURES),
    )
}
