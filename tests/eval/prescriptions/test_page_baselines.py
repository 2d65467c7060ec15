"""What needs no reading: by hand, and on real pages."""

import os
from pathlib import Path

import pytest
from made_medicines import page, values

from eval.prescriptions.baselines import baselines
from eval.prescriptions.gold import load_gold

DATA = Path(os.environ.get("NUSKHA_DATA", Path(__file__).parents[4] / "shared" / "data"))


REAL = DATA / "prescriptions" / "pages" / "dev_gold.json"


def test_baselines_counted_by_hand() -> None:
    """Three of four pages hold the commonest medicine, one of them with another strength."""
    common = {"drug": "Onezol", "strength": "5 mg", "frequency": "BD", "form": "tablet"}
    gold = [
        page("a.jpg", common),
        page("b.jpg", common, {"drug": "Twozol"}),
        page("c.jpg", common | {"strength": "10 mg"}),
        page("d.jpg", {"drug": "Threezol"}),
    ]
    nothing, commonest = (values(items) for items in baselines(gold).values())
    assert (nothing["name_recall"], nothing["name_f1"], nothing["page_exact"]) == (0.0, 0.0, 0.0)
    assert (commonest["name_recall"], commonest["name_precision"]) == (3 / 5, 3 / 4)
    assert commonest["name_dosage_recall"] == 2 / 5
    assert commonest["page_exact"] == 1 / 4
    assert list(baselines([page("a.jpg")])) == ["nothing read"]


@pytest.mark.skipif(not REAL.exists(), reason=f"no gold reading at {REAL}: set NUSKHA_DATA")
def test_real_gold_and_what_needs_no_reading() -> None:
    gold = load_gold(REAL)
    assert sum(medicine.confident for each in gold for medicine in each.medicines) == 82
    nothing, commonest = (values(items) for items in baselines(gold).values())
    assert (nothing["name_f1"], nothing["page_exact"]) == (0.0, 0.0)
    assert commonest["name_f1"] < 0.1
