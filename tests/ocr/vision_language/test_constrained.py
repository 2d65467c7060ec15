"""Whatever a model would rather say, it says JSON that obeys the schema, and comes to an end."""

import json
from collections.abc import Callable, Iterator

import pytest
import torch
from tiny_families import FAMILIES, tokenizer_of
from tiny_model import _tokenizer
from transformers import PreTrainedTokenizerBase

from multilingual.language_models.files import tokenizer_in
from multilingual.language_models.gemma import model_folder
from ocr.vision_language.asking import Said
from ocr.vision_language.constrained import Constraint
from ocr.vision_language.medication_answer import line_schema, page_schema, parse
from ocr.vision_language.schemas import bounded_text, longest_tokens, text_pattern

LINE, PAGE = line_schema(boxes=False), page_schema(boxes=True)
Logits = Callable[[torch.Generator, int, int], torch.Tensor]


def noise(dice: torch.Generator, rows: int, width: int) -> torch.Tensor:
    """What a model at temperature 1 chooses by that knows nothing: the highest of these is drawn."""
    return (
        torch.randn(rows, width, generator=dice) - torch.rand(rows, width, generator=dice).log().neg().log()
    )


def say(
    tokenizer: PreTrainedTokenizerBase,
    schema: str,
    rows: int,
    *,
    logits: Logits = noise,
    width: int | None = None,
    seed: int = 0,
) -> list[Said]:
    """What `rows` prompts, padded on the left, are answered, as `generate` would have it."""
    constraint, longest = Constraint(tokenizer, schema), longest_tokens(schema)
    obeying, dice = constraint.logits_processor(rows), torch.Generator().manual_seed(seed)
    end = constraint.ends[0]
    ids = torch.zeros(rows, 5, dtype=torch.long)
    for _ in range(longest):
        scores = obeying(ids, logits(dice, rows, width or len(tokenizer)))
        ids = torch.cat([ids, scores.argmax(dim=1, keepdim=True)], dim=1)
        if (ids == end).any(dim=1).all():
            break
    said = []
    for row in ids[:, 5:].tolist():
        tokens = row[: row.index(end)] if end in row else row
        said.append(Said(tokenizer.decode(tokens), output_tokens=len(tokens) + 1, cut=end not in row))
    assert all(obeying.finished)
    return said


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Many small steps: threads that wait for each other would take most of the time."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def spelling() -> PreTrainedTokenizerBase:
    """A vocabulary of pieces, with single bytes for the rest, as Gemma's."""
    return _tokenizer()


@pytest.fixture(scope="module")
def bytewise() -> PreTrainedTokenizerBase:
    """A vocabulary of pieces of bytes, as Qwen's."""
    return tokenizer_of(FAMILIES["llava"])


@pytest.fixture(scope="module")
def gemma() -> PreTrainedTokenizerBase:
    return tokenizer_in(model_folder())


def check(answers: list[Said], most: int) -> int:
    """How many medicines the answers hold; each is parsed, and none was cut."""
    held = [parse(said) for said in answers]
    assert not any(said.cut for said in answers)
    assert all(len(answered.medicines) <= most and not answered.cut for answered in held)
    return sum(len(answered.medicines) for answered in held)


@pytest.mark.parametrize(("kind", "answers"), [("spelling", 200), ("bytewise", 40)])
def test_every_answer_about_a_line_parses(kind: str, answers: int, request: pytest.FixtureRequest) -> None:
    assert check(say(request.getfixturevalue(kind), LINE, answers), 3) > answers // 2


@pytest.mark.parametrize("kind", ["spelling", "bytewise"])
def test_every_answer_about_a_page_parses(kind: str, request: pytest.FixtureRequest) -> None:
    assert check(say(request.getfixturevalue(kind), PAGE, 6), 12) > 5


@pytest.mark.slow
def test_every_answer_in_a_large_vocabulary_parses(gemma: PreTrainedTokenizerBase) -> None:
    width = 262_145
    drawn = noise(torch.Generator().manual_seed(1), 1, width)[0]

    def cheap(dice: torch.Generator, rows: int, _: int) -> torch.Tensor:
        shifts = torch.randint(width, (rows,), generator=dice).tolist()
        return torch.stack([drawn.roll(shift) for shift in shifts])

    assert check(say(gemma, LINE, 4, logits=cheap, width=width), 3)


def test_the_most_talkative_model_comes_to_an_end(spelling: PreTrainedTokenizerBase) -> None:
    words = [spelling.decode([token]) for token in range(len(spelling))]
    quoted, closing = (
        torch.tensor([any(sign in word for sign in signs) for word in words]) for signs in ('"', "}]")
    )
    single = torch.tensor(["<0x" in token for token in spelling.convert_ids_to_tokens(range(len(spelling)))])

    def talkative(dice: torch.Generator, rows: int, width: int) -> torch.Tensor:
        return noise(dice, rows, width) - 50.0 * quoted + 20.0 * single - 60.0 * closing

    answers = say(spelling, LINE, 4, logits=talkative)
    check(answers, 3)
    assert max(said.output_tokens for said in answers) > longest_tokens(LINE) // 4


def test_values_hold_what_is_written_and_nothing_that_json_escapes(spelling: PreTrainedTokenizerBase) -> None:
    for said in say(spelling, LINE, 10, seed=3):
        assert said.text == json.dumps(json.loads(said.text), ensure_ascii=False, separators=(",", ":"))
        assert "\\" not in said.text and "null" not in said.text


@pytest.mark.parametrize("beside", [-3, 0, 41])
def test_a_model_has_more_or_fewer_tokens_than_its_tokenizer(
    spelling: PreTrainedTokenizerBase, beside: int
) -> None:
    check(say(spelling, LINE, 8, width=len(spelling) + beside), 3)


def test_rows_end_each_in_its_time(spelling: PreTrainedTokenizerBase) -> None:
    schema = json.dumps(bounded_text(5))
    obeying = Constraint(spelling, schema, ends=[3]).logits_processor(2)
    short, long = (spelling(text, add_special_tokens=False).input_ids for text in ('"a"', '"abcd"'))
    ids, scores = torch.full((2, 4), 7), torch.zeros(2, len(spelling))
    for step in range(len(long) + 1):
        left = obeying(ids, scores)
        added = [row[step] if step < len(row) else 1 for row in (short, long)]
        assert left[range(2), added].isfinite().all()
        if obeying.finished[0]:
            assert left[0].isfinite().nonzero().flatten().tolist() == [1, 3]
        assert obeying.finished == [step >= len(short), step >= len(long)]
        ids = torch.cat([ids, torch.tensor(added)[:, None]], dim=1)


def test_what_is_forced_on_a_row_ends_it_and_leaves_the_others(spelling: PreTrainedTokenizerBase) -> None:
    obeying = Constraint(spelling, LINE).logits_processor(2)
    scores = torch.zeros(2, len(spelling))
    first = obeying(torch.zeros(2, 0, dtype=torch.long), scores)
    allowed = int(first[1].argmax())
    obeying(torch.tensor([[int((first[0] == -torch.inf).nonzero()[5])], [allowed]]), scores)
    assert obeying.finished == [True, False]


def test_the_tables_of_a_vocabulary_are_made_once(
    spelling: PreTrainedTokenizerBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    Constraint(spelling, LINE)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("made again")

    monkeypatch.setattr("llguidance.hf.from_tokenizer", refuse)
    Constraint(spelling, PAGE)


def test_a_schema_that_cannot_be_obeyed_is_refused(spelling: PreTrainedTokenizerBase) -> None:
    with pytest.raises(ValueError, match="cannot constrain"):
        Constraint(spelling, '{"type": "string", "pattern": "(?=a)b"}')


def test_the_longest_answer_is_known() -> None:
    schema = {
        "type": "object",
        "properties": {
            "a": {"type": "array", "maxItems": 2, "items": {"type": "integer", "minimum": 0, "maximum": 99}},
            "b": {"type": "string", "pattern": "^[a-z]{1,4}$"},
            "c": {"type": "string", "pattern": text_pattern(5, visible=True)},
        },
        "additionalProperties": False,
    }
    longest = json.dumps(
        {"a": [99, 99], "b": "zzzz", "c": "कखगघङ"}, ensure_ascii=False, separators=(",", ":")
    )
    assert longest_tokens(json.dumps(schema)) == len(longest.encode()) + 1
    assert longest_tokens('{"type": "string", "pattern": "^[^a]{1,2}$"}') == 2 + 2 * 4 + 1


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"type": "string", "pattern": "^a+$"},
        {"type": "integer", "minimum": 0},
        {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 9}},
        {"type": "object", "properties": {}},
    ],
)
def test_what_has_no_bound_is_refused(schema: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"bounds no|no row of character classes"):
        longest_tokens(json.dumps(schema))
