import io
import json

from jobs.languages import language_lines


def tagged(data: bytes) -> tuple[list[dict[str, object]], list[int]]:
    undecodable: list[int] = []
    return [json.loads(line) for line in language_lines(io.BytesIO(data), undecodable)], undecodable


def test_one_object_a_line() -> None:
    found, undecodable = tagged("mujhe fever hai\n\n我发烧了\n".encode())
    assert undecodable == []
    assert found[0] == {
        "line_number": 1,
        "language": "hi-en",
        "code_mix_index": 33.33,
        "tokens": [
            {"text": "mujhe", "tag": "hi"},
            {"text": "fever", "tag": "en"},
            {"text": "hai", "tag": "hi"},
        ],
    }
    assert found[1] == {"line_number": 2, "language": None, "code_mix_index": 0.0, "tokens": []}
    assert [found[2]["line_number"], found[2]["language"]] == [3, "zh"]


def test_bytes_that_are_not_utf8_are_told() -> None:
    found, undecodable = tagged(b"\xef\xbb\xbfI have a fever\nand a sore \xe9 throat too\n")
    assert undecodable == [2]
    assert [line["language"] for line in found] == ["en", "en"]
    assert found[0]["tokens"][0] == {"text": "I", "tag": "en"}  # type: ignore[index]
