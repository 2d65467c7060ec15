"""Invented notes beside some examples, so that a model knows what notes look like.

It learns to take from them who asks, where the summary would say "the patient", and nothing else.
"""

import random
import re

_WHO = re.compile(r"\b(?:(?:the|a)\s+)?patient\b", re.IGNORECASE)


def with_notes(summary: str, chance: random.Random) -> tuple[str, str]:
    """Notes, and the summary that goes with them."""
    age, sex = chance.randint(18, 85), chance.choice(["man", "woman"])
    notes = [f"{age}-year-old {sex}."]
    vitals = f"Temperature {chance.uniform(36.2, 39):.1f} °C, heart rate {chance.randint(56, 118)}/min."
    notes += chance.sample(
        [vitals, "Known: hypertension.", "Takes amlodipine 5 mg.", "Triage level 3."], chance.randint(0, 2)
    )
    if not re.search(r"\d|\byear|\b(?:wo)?m[ae]n\b|\bmale|female|\bson\b|daughter", summary):
        article = "An" if age in (18, 80, 81, 82, 83, 84, 85) else "A"
        summary = _WHO.sub(f"{article.lower()} {age}-year-old {sex}", summary, count=1)
        summary = summary[0].upper() + summary[1:]
    return " ".join(notes), summary
