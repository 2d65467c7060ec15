"""Files of entities in several notations, those of benchmarks among them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from made_documents import TSV, cases, values, write

from eval.entities.scoring import read_entities, score_entities, unmapped_types
from eval.entities.spans import Entity

DATA = Path(os.environ.get("NUSKHA_DATA", Path(__file__).parents[4] / "shared" / "data")) / "benchmarks"


@pytest.mark.parametrize("case", cases("tags.jsonl"), ids=lambda case: case["reason"][:40])
def test_tags_of_every_scheme(case: dict[str, Any], tmp_path: Path) -> None:
    lines = "".join(f"t{place}\t{tag}\n" for place, tag in enumerate(case["tags"]))
    (read,) = read_entities(write(tmp_path / "a.tsv", lines))
    starts, ends = [start for start, _ in read.tokens], [end for _, end in read.tokens]
    found = [[starts.index(e.start), ends.index(e.end), e.type] for e in read.entities]
    assert found == case["entities"], case["reason"]


@pytest.mark.parametrize("case", cases("refused.jsonl"), ids=lambda case: case["reason"][:40])
def test_a_wrong_line_is_told_by_file_and_line_and_never_repeated(
    case: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / case["name"]
    latin = case.get("content_latin1")
    path.write_bytes(latin.encode("latin-1") if latin else case["content"].encode())
    with pytest.raises(ValueError) as told:
        read_entities(path)
    assert case["message"] in str(told.value)
    assert "Naproxen" not in str(told.value)


def test_iob_is_read_whatever_ends_its_lines(tmp_path: Path) -> None:
    plain = read_entities(write(tmp_path / "a.tsv", TSV))
    odd = "\ufeff\n\n" + TSV.replace("\n", "\r\n").replace("\r\n\r\n", "\r\n \r\n\r\n").rstrip()
    for one, other in zip(plain, read_entities(write(tmp_path / "b.tsv", odd)), strict=True):
        assert (one.document_id, one.text, one.entities) == (other.document_id, other.text, other.entities)
    assert [d.text for d in plain] == ["Naproxen for back pain", "No fever ."]
    assert [d.line for d in plain] == [1, 6]
    assert plain[1].entities == (Entity(3, 8, "Disease"),)


def test_sentences_of_one_document_are_one_cluster(tmp_path: Path) -> None:
    parted = f"-DOCSTART- -X- O O\n\n{TSV}\n-DOCSTART-\n{TSV}"
    read = read_entities(write(tmp_path / "a.tsv", parted))
    assert [d.cluster for d in read] == ["document 1", "document 1", "document 2", "document 2"]
    assert [d.document_id for d in read] == ["1", "2", "3", "4"]
    assert len({d.cluster for d in read_entities(write(tmp_path / "b.tsv", TSV))}) == 2


def test_json_lines_and_iob_of_the_same_texts_are_the_same(tmp_path: Path) -> None:
    iob = read_entities(write(tmp_path / "a.tsv", TSV))
    rows = [
        {
            "id": int(each.document_id),
            "text": each.text,
            "entities": [{"start": e.start, "end": e.end, "type": e.type} for e in each.entities],
        }
        for each in iob
    ]
    spans = read_entities(write(tmp_path / "a.jsonl", "\n".join(map(json.dumps, rows))))
    assert values(score_entities(iob, spans))["exact_f1"] == 1
    assert values(score_entities(spans, iob))["exact_f1"] == 1


@pytest.mark.parametrize(
    ("name", "sentences", "domains"),
    [
        ("ncbi_disease/devel.tsv", 923, {"condition": 787}),
        ("ncbi_disease/test.tsv", 940, {"condition": 960}),
        ("bc5cdr/devel.tsv", 4581, {"condition": 4246, "drug": 5347}),
        ("bc5cdr/test.tsv", 4797, {"condition": 4424, "drug": 5385}),
    ],
)
def test_benchmarks_are_read_whole(name: str, sentences: int, domains: dict[str, int]) -> None:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"no benchmark at {path}: set NUSKHA_DATA to the folder of the real data")
    gold = read_entities(path)
    assert len(gold) == sentences
    assert not unmapped_types(gold)
    items = score_entities(gold, gold)
    for domain, number in domains.items():
        assert sum(item.counts[f"exact_{domain}"][0] for item in items) == number
        assert sum(item.counts[f"partial_{domain}"][2] for item in items) == 0
