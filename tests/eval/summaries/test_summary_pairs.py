"""Rows joined to references, and the slices that they belong to."""

from pathlib import Path

import pytest
from made_messages import HINDI, PORTUGUESE, items_of, row

from eval.summaries.pairs import pair_up, terciles
from eval.summaries.references import Reference, load_references


def test_slices_and_clusters(references: Path) -> None:
    wanted = load_references(references, "core", HINDI)
    rows = [
        row("a", "Fever?", language="hi-en", scripts=["Latin", "Devanagari"], code_mix_index=0.0),
        row("b", "Cough?", language="en", scripts=["Latin"], code_mix_index=12.5),
    ]
    first, second = items_of(wanted, rows)
    assert first.slices == {
        "target": "en",
        "language": "hi-en",
        "script": "Devanagari+Latin",
        "code_mix": "none",
        "image_class": "skin",
    }
    assert (second.slices["language"], second.slices["code_mix"]) == ("hi-en", "low")
    assert first.cluster == second.cluster == "skin/1.jpg"
    unread = items_of(load_references(references, "core", PORTUGUESE), [row("c", "Cura?", "pt")])
    assert unread[1].slices["script"] == "Latin"
    assert [item.cluster for item in unread] == ["c", "d"]


def test_images_seen_in_training_are_apart(references: Path) -> None:
    wanted = load_references(references, "core")
    rows = [row("a", "Fever?"), row("c", "Cura?", "pt")]
    seen, other = Reference("x", "?", image="skin/1.jpg"), Reference("y", "?", image="skin/2.jpg")
    assert [item.slices.get("image") for item in items_of(wanted, rows)] == [None] * 4
    for training, told in (([seen, other], "seen"), ([other], "unseen")):
        items = items_of(wanted, rows, training=training)
        assert [item.slices.get("image") for item in items] == [told, told, None, None]


def test_terciles_are_of_the_messages_that_mix() -> None:
    assert terciles([0.0, 0.0, 10.0, 20.0, 30.0, 40.0]) == (20.0, 30.0)
    assert terciles([0.0]) == terciles([]) == (0.0, 0.0)
    wanted = [Reference(str(index), "?", "?") for index in range(8)]
    mixed = [0.0, 0.0, 5.0, 10.0, 20.0, 30.0, 40.0, 45.0]
    pairs = pair_up(wanted, [row(str(index), "?", code_mix_index=mix) for index, mix in enumerate(mixed)])
    assert [pair.slices["code_mix"] for pair in pairs] == ["none"] * 2 + ["low"] * 2 + ["mid"] * 2 + [
        "high"
    ] * 2


def test_rows_of_another_file_are_no_rows(references: Path) -> None:
    with pytest.raises(ValueError, match="no query_id"):
        items_of(load_references(references, "core"), [row("z", "Is it safe?")])
