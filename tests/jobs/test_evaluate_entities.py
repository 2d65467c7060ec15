"""`nuskha evaluate entities` with files and with nuskha's own clinical facts."""

from pathlib import Path

import pytest
from command_line import Nuskha

from eval.results import read_results

GOLD = (
    "Fever\tB-Disease\nand\tO\ncough\tB-Disease\nafter\tO\nibuprofen\tB-Chemical\n\nNo\tO\nrash\tB-Disease\n"
)


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    file = tmp_path / "gold.tsv"
    file.write_text(GOLD)
    return file


def test_own_facts_and_a_dictionary_beside_them(nuskha: Nuskha, gold: Path, tmp_path: Path) -> None:
    ended = nuskha("evaluate", "entities", "facts", gold, "--trained-on", gold, "--out", tmp_path / "out")
    assert ended.status == 0, ended.err
    results = read_results(tmp_path / "out")
    exact = {figure.metric: figure for figure in results.figures if figure.slice == "all"}
    assert (exact["exact_f1"].value, exact["exact_f1"].n) == (1.0, 4)
    assert exact["exact_f1_drug"].n == 1
    assert set(results.baselines) == {"nothing", "dictionary"}


def test_files_that_do_not_fit_are_told(nuskha: Nuskha, gold: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.tsv"
    other.write_text(GOLD.replace("cough", "cold"))
    ended = nuskha("evaluate", "entities", other, gold)
    assert ended.status == 2
    ended = nuskha("evaluate", "entities", tmp_path / "absent.tsv", gold)
    assert (ended.status, "absent.tsv" in ended.err) == (2, True)
