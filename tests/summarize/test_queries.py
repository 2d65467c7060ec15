"""Rows of JSON Lines, CSV and Parquet: what is read, what is said of rows that cannot be, and ids."""

import json
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarize.decoding import decode_line
from summarize.plain import plain
from summarize.queries import QueriesUnreadable, Query, read_queries, typed_query

MESSAGES = [
    "Mujhe teen din se khansi hai, kya karu?",
    "我咳嗽三天了，怎么办？",
    "Estou com dor de cabeça há uma semana, o que faço?",
    "मुझे बुखार है। क्या करूँ?",
]


def written(folder: Path, name: str, data: str | bytes) -> str:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return str(path)


def jsonl(folder: Path, *rows: Any) -> str:
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    return written(folder, "q.jsonl", "\n".join(lines) + "\n")


def table(folder: Path, rows: list[dict[str, Any]]) -> str:
    path = folder / "q.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    return str(path)


def test_the_three_formats_give_the_same_queries(tmp_path: Path) -> None:
    rows = [{"Query": text, "query_id": f"m{place}", "AGE": "40"} for place, text in enumerate(MESSAGES)]
    head, *records = [
        ["Query", "query_id", "AGE"],
        *([f'"{row["Query"]}"', row["query_id"], "40"] for row in rows),
    ]
    separated = "".join(",".join(record) + "\r\n" for record in [head, *records])
    files = [jsonl(tmp_path, *rows), written(tmp_path, "q.csv", "\ufeff" + separated), table(tmp_path, rows)]
    for file in files:
        queries = list(read_queries(file))
        assert [query.query for query in queries] == MESSAGES
        assert [query.query_id for query in queries] == ["m0", "m1", "m2", "m3"]
        assert {query.notes for query in queries} == {"40-year-old patient."}
        assert {query.source for query in queries} == {file}
        assert [query.row for query in queries] == [1, 2, 3, 4]
        assert not any(query.error for query in queries)


def test_a_bad_line_is_a_row_with_its_number_and_costs_only_itself(tmp_path: Path) -> None:
    file = jsonl(
        tmp_path, {"query": MESSAGES[0]}, "", '{"query": "cut', "[1]", {"query": MESSAGES[1]}, "[" * 9999
    )
    rows = {query.row: query for query in read_queries(file)}
    assert list(rows) == [1, 3, 4, 5, 6]
    assert [number for number, query in rows.items() if query.error] == [3, 4, 6]
    assert rows[3].error is not None and "cut" not in rows[3].error
    assert len({query.row_id for query in rows.values()}) == len({q.query_id for q in rows.values()}) == 5


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"query": ""}, "empty"),
        ({"query": " \u200b\n\x00 "}, "empty"),
        ({"query": None}, "empty"),
        ({"query": float("nan")}, "empty"),
        ({"query": "?!… 🙏"}, "no words"),
        ({"query": ["a"]}, "not text"),
        ({"text": "the message"}, "no query"),
    ],
)
def test_a_row_without_a_message_says_so(tmp_path: Path, row: dict[str, Any], reason: str) -> None:
    queries = list(read_queries(jsonl(tmp_path, row, {"query": "fine"})))
    assert queries[0].error is not None and reason in queries[0].error
    assert (queries[1].query, queries[1].error) == ("fine", None)


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("q.jsonl", '{"message": "a", "label": "b"}\n', "message, label"),
        ("q.csv", "message;label\na;b\n", "message, label"),
        ("q.jsonl", "", "empty"),
        ("q.csv", "", "empty"),
        ("q.jsonl", '[\n{"query":\n"a"}]\n', "JSON object"),
        ("q.parquet", "not a table", "damaged"),
        ("q.docx", "x", ".jsonl"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_way_out(
    tmp_path: Path, name: str, data: str, told: str
) -> None:
    file = written(tmp_path, name, data)
    with pytest.raises(QueriesUnreadable, match=told) as caught:
        list(read_queries(file))
    assert file in str(caught.value)


def test_a_missing_file_and_a_missing_column_of_a_table_are_named(tmp_path: Path) -> None:
    with pytest.raises(QueriesUnreadable, match="no such file"):
        list(read_queries(str(tmp_path / "none.jsonl")))
    with pytest.raises(QueriesUnreadable, match="message"):
        list(read_queries(table(tmp_path, [{"message": "a"}])))


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_delimiters_are_told_from_the_header(tmp_path: Path, mark: str) -> None:
    other = ";" if mark == "," else ","
    text = mark.join(["id", "query", "x"]) + "\n" + mark.join(["1", f"pain{other} and fever", "y"]) + "\n"
    assert [query.query for query in read_queries(written(tmp_path, "q.csv", text))] == [
        f"pain{other} and fever"
    ]


def test_csv_records_that_do_not_fit_are_rows_and_nothing_is_swallowed(tmp_path: Path) -> None:
    text = 'query,query_id\nfever, and cough,a\n"two\nlines",b\n\ncough,c\n"never closed,d\nlost,e\n'
    rows = list(read_queries(written(tmp_path, "q.csv", text)))
    assert [bool(query.error) for query in rows] == [True, False, False, True]
    assert (rows[0].error or "").startswith("3 fields where the header has 2: put quotation marks")
    assert (rows[1].query, rows[2].query_id) == ("two\nlines", "c")
    assert rows[3].error == "a quotation mark is not closed (lines 7 to 9)"


def test_long_fields_null_bytes_and_lone_line_ends(tmp_path: Path) -> None:
    long = "dard hai " * 25_000
    rows = list(read_queries(written(tmp_path, "q.csv", f"query\r{long}\rfev\0er\r")))
    assert [query.query for query in rows] == [long.strip(), "fever"]


def test_encodings_may_change_within_a_file(tmp_path: Path) -> None:
    lines = [
        MESSAGES[3].encode(),
        MESSAGES[2].encode("cp1252"),
        MESSAGES[1].encode("gb18030"),
        "मुझे बुखार है".encode()[:-1],
    ]
    rows = list(
        read_queries(
            written(tmp_path, "q.csv", b"query\n" + b"\n".join(b'"' + line + b'"' for line in lines))
        )
    )
    assert [query.query for query in rows[:3]] == [MESSAGES[3], MESSAGES[2], MESSAGES[1]]
    assert rows[3].query.endswith("\ufffd") and rows[3].query.startswith("मुझे")
    for encoding in ("utf-16", "utf-8-sig"):
        text = "\n".join(json.dumps({"query": text}, ensure_ascii=False) for text in MESSAGES)
        again = list(read_queries(written(tmp_path, "q.jsonl", text.encode(encoding))))
        assert [query.query for query in again] == MESSAGES


def test_only_declared_columns_are_read(tmp_path: Path) -> None:
    canary = "CANARY"
    others = ["summary", "core", "visual", "reference", "label", "diagnosis", "condition", "notes", "answer"]
    row = {"query": MESSAGES[0], "age": 30, **dict.fromkeys(others, canary)}
    other = row | dict.fromkeys(others, "CHANGED")
    for name in ("jsonl", "parquet"):
        make = jsonl if name == "jsonl" else lambda folder, made: table(folder, [made])
        (first,) = read_queries(make(tmp_path, row))
        assert canary not in repr(first)
        (second,) = read_queries(make(tmp_path, other))
        assert first == second  # and so a changed label reads nothing anew


def test_ids_tell_rows_apart_and_stay_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = jsonl(
        tmp_path, {"query": "a", "query_id": 7}, {"query": "a", "query_id": 7}, {"query": "a"}, {"query": "a"}
    )
    rows = list(read_queries(file))
    assert [row.query_id for row in rows[:2]] == ["7", "7"]
    assert rows[2].query_id != rows[3].query_id
    assert len({row.row_id for row in rows}) == 4
    monkeypatch.chdir(tmp_path)
    assert [row.row_id for row in read_queries("q.jsonl")] == [row.row_id for row in rows]
    jsonl(
        tmp_path, {"query": "a", "query_id": 7}, {"query": "b", "query_id": 7}, {"query": "a"}, {"query": "a"}
    )
    changed = [row.row_id for row in read_queries(file)]
    assert [old.row_id == new for old, new in zip(rows, changed, strict=True)] == [True, False, True, True]


def test_context_may_be_text_or_fields(tmp_path: Path) -> None:
    rows = [
        {"query": "a", "context": "seen last\tweek"},
        {"query": "a", "context": {"Age": 53, "sex": "M", "label": "CANARY"}},
        {"query": "a", "context": '{"age": 53, "sex": "M"}'},
    ]
    text, fields, parsed = read_queries(jsonl(tmp_path, *rows))
    assert (text.context, text.notes) == ("seen last week", None)
    assert (fields.context, fields.notes) == (parsed.context, parsed.notes) == (None, "53-year-old man.")


def test_any_file_system_will_do() -> None:
    with fsspec.open("memory://inbox/q.jsonl", "wb") as file:
        file.write(json.dumps({"query": MESSAGES[0]}).encode())
    (query,) = read_queries("memory://inbox/q.jsonl")
    assert (query.query, query.source) == (MESSAGES[0], "memory://inbox/q.jsonl")


def test_tables_are_read_in_batches(tmp_path: Path) -> None:
    file = table(tmp_path, [{"query": f"message {place}", "label": "x"} for place in range(1000)])
    rows = list(read_queries(file))
    assert [row.query for row in rows] == [f"message {place}" for place in range(1000)]
    assert rows[-1].row == 1000


def test_a_message_typed_in_has_ids_too() -> None:
    query = typed_query("  fever\x00 since Monday ", "a.jpg")
    assert (query.query, query.image, query.row, query.error) == ("fever since Monday", "a.jpg", None, None)
    assert query.row_id and query.query_id and typed_query("").error == "the query is empty"


@settings(max_examples=40)
@given(st.lists(st.one_of(st.text(), st.none(), st.integers(), st.floats(), st.binary(max_size=9).map(list))))
def test_any_value_gives_a_row(tmp_path_factory: pytest.TempPathFactory, values: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("any")
    rows = [{"query": value, "age": value, "context": value, "image": value} for value in values]
    queries: list[Query] = list(read_queries(jsonl(folder, {"query": "x"}, *map(json.dumps, rows))))
    assert len(queries) == len(values) + 1
    for query in queries:
        repr(query).encode()  # no halves of surrogate pairs: every file can hold it
        assert bool(query.query) or query.error


@given(st.binary())
def test_any_bytes_are_text(data: bytes) -> None:
    text = plain(decode_line(data))
    assert not any(char < " " and char != "\n" for char in text)
    assert plain(text) == text
