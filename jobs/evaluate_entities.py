"""`nuskha evaluate entities PREDICTIONS REFERENCES`: entities found in text against gold ones."""

from pathlib import Path

from eval.entities.baselines import dictionary_entities, facts_entities, no_entities
from eval.entities.scoring import read_entities, score_entities, unmapped_types
from jobs.evaluation import Evaluation, conclude
from jobs.preparation import refusing
from jobs.provenance import provenance

FACTS = "facts"
"""In place of predictions: the clinical facts that nuskha itself finds."""


def evaluate_entities(
    predictions: str, references: str, out: Path | None = None, trained_on: Path | None = None
) -> None:
    """Score entities; see `jobs.evaluation.conclude`. Raises CannotStart where the files don't fit."""
    with refusing(ValueError, OSError):
        gold = read_entities(Path(references))
        found = facts_entities(gold) if predictions == FACTS else read_entities(Path(predictions))
        items = score_entities(gold, found)
        baselines = {"nothing": score_entities(gold, no_entities(gold))}
        if trained_on is not None:
            known = read_entities(trained_on)
            baselines["dictionary"] = score_entities(gold, dictionary_entities(gold, known))
    conclude(
        Evaluation(
            kind="entities",
            items=items,
            provenance=provenance(
                predictions,
                references,
                {"trained_on": str(trained_on) if trained_on else None},
                {"trained_on": None},
            ),
            baselines=baselines,
            notes=[
                f"{count} entities are of type {name}, which is of no OMOP domain known here"
                for name, count in unmapped_types([*gold, *found]).items()
            ],
        ),
        out,
    )
