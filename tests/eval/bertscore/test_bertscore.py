"""BERTScore against values worked out by hand, and against bert-score with the same weights."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bert_score
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_encoder import CONFIGS, LAYERS, LONGEST, save_tiny_encoder

from eval.bertscore.encoder import Encoder
from eval.bertscore.packaged import SHIPPED, model_folder
from eval.bertscore.scorer import BertScorer, Encoded, Score, baseline, match, rescaled

CASES = Path(__file__).with_name("cases")
MATCHING, RESCALING, TEXTS = (
    json.loads(CASES.joinpath(f"{name}.json").read_text("utf-8"))
    for name in ("matching", "rescaling", "texts")
)
PREDICTIONS, REFERENCES = ([case[side] for case in TEXTS] for side in ("prediction", "reference"))

LONG = "kya mujhe doctor ko dikhana chahiye " * 20
texts = st.lists(st.sampled_from(["khansi", "咳嗽", "दर्द", "knee", "três", "?", "38.5"]), max_size=12).map(
    " ".join
)


class Watched(Encoder):
    """An encoder that remembers how many texts it was asked to encode at each time."""

    def __init__(self, name: str, layer: int) -> None:
        super().__init__(name, layer)
        self.asked: list[int] = []

    def encode(self, texts: Sequence[Sequence[int]]) -> list[torch.Tensor]:
        self.asked.append(len(texts))
        return super().encode(texts)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_encoder(tmp_path_factory.mktemp("tiny-encoder"))


@pytest.fixture(scope="module")
def scorer(tiny: Path) -> BertScorer:
    return BertScorer(Encoder(str(tiny), LAYERS))


def theirs(folder: Path, layer: int, predictions: list[str], references: list[str]) -> np.ndarray[Any, Any]:
    # A pair at a time: beside longer ones its padding counts as a token of similarity 0.
    scores = bert_score.score(predictions, references, model_type=str(folder), num_layers=layer, batch_size=1)
    return torch.stack(scores, dim=1).numpy()


def encoded(side: dict[str, Any]) -> Encoded:
    return Encoded(torch.tensor(side["vectors"], dtype=torch.float32), torch.tensor(side["counted"]))


@pytest.mark.parametrize("case", MATCHING, ids=lambda case: case["reason"][:40])
def test_cases_worked_out_by_hand(case: dict[str, Any]) -> None:
    (found,) = match([encoded(case["prediction"])], [encoded(case["reference"])]).tolist()
    assert found == pytest.approx([case["precision"], case["recall"], case["f1"]], abs=1e-6), case["reason"]


def test_cases_by_hand_do_not_depend_on_those_beside_them() -> None:
    found = match(*([encoded(case[side]) for case in MATCHING] for side in ("prediction", "reference")))
    wanted = [[case["precision"], case["recall"], case["f1"]] for case in MATCHING]
    assert found.numpy() == pytest.approx(np.array(wanted), abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("layer", [9, 12])
def test_the_packaged_encoder_gives_bert_scores_values_in_five_languages(layer: int) -> None:
    ours = BertScorer(Encoder(layer=layer)).score(PREDICTIONS, REFERENCES)
    assert np.array(ours) == pytest.approx(theirs(model_folder(), layer, PREDICTIONS, REFERENCES), abs=1e-4)


@pytest.mark.parametrize("layer", [0, 2, LAYERS])
@pytest.mark.parametrize("kind", CONFIGS)
def test_encoders_of_other_makes_give_bert_scores_values(kind: str, layer: int, tmp_path: Path) -> None:
    folder = save_tiny_encoder(tmp_path / f"tiny-{kind}", kind)  # bert-score knows T5 by the folder's name
    ours = BertScorer(Encoder(str(folder), layer)).score(PREDICTIONS, REFERENCES)
    assert np.array(ours) == pytest.approx(theirs(folder, layer, PREDICTIONS, REFERENCES), abs=1e-5)


def test_long_texts_are_cut_as_bert_score_does_and_counted(tiny: Path) -> None:
    predictions, references = [LONG, LONG, "knee"], [REFERENCES[0] * 9, "knee", LONG]
    scorer = BertScorer(Encoder(str(tiny), 2))
    ours = scorer.score(predictions, references)
    assert np.array(ours) == pytest.approx(theirs(tiny, 2, predictions, references), abs=1e-5)
    assert scorer.cut == 2
    scorer.score([LONG], ["knee"])
    assert scorer.cut == 2


def test_a_tokenizer_without_a_limit_is_held_to_the_models(tmp_path: Path, tiny: Path) -> None:
    folder = save_tiny_encoder(tmp_path / "endless", longest=None)
    endless, limited = (BertScorer(Encoder(str(each), 2)) for each in (folder, tiny))
    assert endless.encoder.longest == LONGEST
    assert endless.score([LONG], [LONG + "?"]) == limited.score([LONG], [LONG + "?"])
    assert endless.cut == 2


@pytest.mark.parametrize("empty", ["", "  \n ", "\u3000"])
def test_an_empty_text_scores_nothing(empty: str, scorer: BertScorer) -> None:
    nothing = Score(0, 0, 0)
    assert scorer.score([empty, "khansi", empty], ["khansi", empty, empty]) == [nothing] * 3
    assert scorer.score(["khansi", empty], ["khansi", "x"])[0] == pytest.approx(Score(1, 1, 1))


def test_no_pairs_and_odd_ones(scorer: BertScorer) -> None:
    assert scorer.score([], []) == []
    with pytest.raises(ValueError, match="longer"):
        scorer.score(["a"], ["a", "b"])
    assert scorer.score(["\ud800"], ["?"]) == [pytest.approx(Score(1, 1, 1))]  # as UTF-8 holds it


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(texts, texts), max_size=8), st.randoms(use_true_random=False))
def test_a_pairs_score_is_its_own(scorer: BertScorer, pairs: list[tuple[str, str]], chance: Any) -> None:
    alone = [BertScorer(scorer.encoder).score([one], [other])[0] for one, other in pairs]
    order = list(range(len(pairs))) * 2
    chance.shuffle(order)
    found = BertScorer(scorer.encoder).score(*([pairs[at][side] for at in order] for side in (0, 1)))
    assert np.array(found) == pytest.approx(np.array([alone[at] for at in order]), abs=1e-5)


@settings(deadline=None, max_examples=30)
@given(texts, texts)
def test_precision_and_recall_swap_and_equal_texts_have_one(scorer: BertScorer, one: str, other: str) -> None:
    (forth,), (back,) = scorer.score([one], [other]), scorer.score([other], [one])
    assert forth == pytest.approx(Score(back.recall, back.precision, back.f1), abs=1e-5)
    assert scorer.score([one], [one])[0].f1 == pytest.approx(1.0 if one.strip() else 0.0, abs=1e-5)
    assert all(-1 - 1e-5 <= value <= 1 + 1e-5 for value in forth)


def test_each_text_is_encoded_once_and_references_are_kept(tiny: Path) -> None:
    encoder = Watched(str(tiny), 2)
    scorer = BertScorer(encoder)
    references = ["khansi", "knee pain", "咳嗽三天", "knee pain"]
    first = scorer.score(["a", "b", "b", "a"], references)
    assert sum(encoder.asked) == 5
    assert scorer.score(["c", "knee pain", "b", "d"], references)[1].f1 == pytest.approx(1)
    assert sum(encoder.asked) == 7  # c and d: b was predicted twice
    assert scorer.score(["a", "b", "b", "a"], references) == [
        pytest.approx(score, abs=1e-6) for score in first
    ]
    assert sum(encoder.asked) == 7


def test_what_is_kept_has_a_bound_and_makes_room(tiny: Path) -> None:
    encoder = Watched(str(tiny), 2)
    one = [f"knee {number}" for number in range(10, 16)]
    other = [f"{number} knee" for number in range(10, 16)]  # of as many tokens
    size = sum(len(tokens.ids) for tokens in encoder.tokenise(one)) * 32 * 4
    roomy, tight = BertScorer(encoder, size), BertScorer(encoder, 0)
    wanted = roomy.score(one, one[::-1]), roomy.score(other, other[::-1])
    assert sum(encoder.asked) == 12
    roomy.score(other, other)
    assert sum(encoder.asked) == 12  # those of the last call are at hand
    roomy.score(one, one)
    assert sum(encoder.asked) == 18  # those before it made room
    assert [tight.score(one, one[::-1]), tight.score(other, other[::-1])] == [
        [pytest.approx(score, abs=1e-6) for score in scores] for scores in wanted
    ]
    tight.score(other, other)
    assert sum(encoder.asked) == 36


@pytest.mark.parametrize("case", RESCALING, ids=lambda case: case["reason"][:40])
def test_rescaling_worked_out_by_hand(case: dict[str, Any]) -> None:
    assert rescaled(Score(*case["score"]), Score(*case["baseline"])) == pytest.approx(
        case["rescaled"], abs=1e-6
    )


def test_baselines_ship_for_five_languages_and_every_layer() -> None:
    assert set(SHIPPED["baselines"]) == {"en", "hi", "hi-en", "pt", "zh"}
    for language in SHIPPED["baselines"]:
        for layer in range(13):
            found = baseline(SHIPPED["digest"], layer, language)
            assert all(0 < value < 1 for value in found)
            assert found.precision == pytest.approx(found.recall, abs=0.02)  # a random pair has no direction
    assert 1 <= SHIPPED["layer"] <= 12


def test_the_packaged_encoders_scores_are_rescaled_by_what_ships(tiny: Path) -> None:
    scorer = BertScorer(Encoder())
    assert (scorer.encoder.digest, scorer.encoder.layer) == (SHIPPED["digest"], SHIPPED["layer"])
    (score,) = scorer.score(["头晕"], ["头晕"])
    assert scorer.rescaled(score, "zh") == pytest.approx(Score(1, 1, 1), abs=1e-5)
    by = baseline(SHIPPED["digest"], SHIPPED["layer"], "zh")
    assert scorer.rescaled(by, "zh") == Score(0, 0, 0)
    with pytest.raises(ValueError, match="language fr"):
        scorer.rescaled(score, "fr")
    with pytest.raises(ValueError, match="no baseline ships"):
        BertScorer(Encoder(str(tiny), 2)).rescaled(score, "zh")
