"""Records as rows of Parquet and back."""

import pyarrow as pa

from ocr.records import Status
from summarize.records import SUMMARY_SCHEMA, SummaryRecord, from_row, to_row

LEAST = SummaryRecord(
    row_id="r", query_id="q", source="a.jsonl", status=Status.ERROR, engine="fake", engine_version="1"
)
FULL = SummaryRecord(
    row_id="r",
    query_id="q",
    source="a.jsonl",
    row=3,
    status=Status.REVIEW,
    language="hi-en",
    scripts=("Latin",),
    code_mix_index=25.0,
    query="bukhar hai",
    context="34-year-old man.",
    image="a.jpg",
    image_used=True,
    image_findings="Red spots on a hand.",
    summary="The patient has a fever.",
    target_language="en",
    engine="fake",
    engine_version="1",
    prompt_hash="0" * 64,
    input_tokens=9,
    output_tokens=6,
    flags=("image_unseen",),
    elapsed_ms=1.5,
)


def test_records_survive_a_table() -> None:
    rows = pa.Table.from_pylist([to_row(LEAST), to_row(FULL)], schema=SUMMARY_SCHEMA)
    rows.validate(full=True)
    assert [from_row(row) for row in rows.to_pylist()] == [LEAST, FULL]


def test_columns_that_are_never_null_are_declared_so() -> None:
    always = {field.name for field in SUMMARY_SCHEMA if not field.nullable}
    assert always == {"row_id", "query_id", "source", "status", "scripts", "image_used", "engine",
                      "engine_version", "flags"}  # fmt: skip
