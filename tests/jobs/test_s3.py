"""The job reads from and writes to an S3 server on loopback."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import boto3
import pyarrow.parquet as pq
import pytest
from inboxes import message_rows
from scans import page_picture

from jobs.exits import CannotStart, Exit
from jobs.export import export
from jobs.output import Output

pytestmark = [
    pytest.mark.filterwarnings("ignore:`use_.*` is deprecated:DeprecationWarning"),
]


@pytest.mark.slow
def test_job_from_s3_to_s3(s3: str, run_job: Callable[..., Exit], tmp_path: Path) -> None:
    client = boto3.client("s3", endpoint_url=s3)
    client.create_bucket(Bucket="hospital")
    for number in range(3):
        picture = io.BytesIO()
        page_picture(number).save(picture, "PNG")
        client.put_object(Bucket="hospital", Key=f"scans/ward 1/page{number}.png", Body=picture.getvalue())
    client.put_object(Bucket="hospital", Key="scans/ward 1/bad.png", Body=b"")

    assert run_job("s3://hospital/scans", "s3://hospital/out", max_failures="1") == Exit.OK

    def keys() -> dict[str, str]:
        listed = client.list_objects_v2(Bucket="hospital", Prefix="out/")["Contents"]
        return {entry["Key"]: entry["ETag"] for entry in listed}

    written = keys()
    parts = [key for key in written if key.endswith(".parquet")]
    assert set(written) - set(parts) == {"out/_run.json"}
    rows = [
        row
        for key in parts
        for row in pq.read_table(
            io.BytesIO(client.get_object(Bucket="hospital", Key=key)["Body"].read())
        ).to_pylist()
    ]
    assert sorted((row["source"], row["status"] == "error") for row in rows) == [
        ("s3://hospital/scans/ward 1/bad.png", True),
        *((f"s3://hospital/scans/ward 1/page{number}.png", False) for number in range(3)),
    ]

    assert run_job("s3://hospital/scans", "s3://hospital/out", max_failures="1") == Exit.OK
    assert keys() == written

    assert run_job("s3://hospital/scans", "s3://hospital/out", max_failures="1", retry_errors=True) == Exit.OK
    account = json.loads(client.get_object(Bucket="hospital", Key="out/_run.json")["Body"].read())
    assert account["counts"]["pages"] == 4
    assert account["counts"]["pages_this_run"] == 1

    exported = export(Output("s3://hospital/out"), "s3://hospital/medicines.parquet")
    table = pq.read_table(
        io.BytesIO(client.get_object(Bucket="hospital", Key="medicines.parquet")["Body"].read())
    )
    assert table.num_rows == exported.rows == sum(len(row["medications"]) for row in rows)


def test_a_missing_bucket_is_said(s3: str, run_job: Callable[..., Exit], tmp_path: Path) -> None:
    page_picture(1).save(tmp_path / "page.png")
    with pytest.raises(CannotStart, match="no-such-bucket"):
        run_job(tmp_path / "page.png", "s3://no-such-bucket/out")


@pytest.mark.slow
def test_messages_from_s3_to_s3(s3: str, run_summaries: Callable[..., Exit]) -> None:
    client = boto3.client("s3", endpoint_url=s3)
    client.create_bucket(Bucket="clinic")
    rows = [*message_rows(range(3)), {"query_id": "bad", "query": ""}]
    lines = "\n".join(map(json.dumps, rows))
    client.put_object(Bucket="clinic", Key="inbox/ward 1/a.jsonl", Body=lines.encode())
    client.put_object(Bucket="clinic", Key="inbox/ward 1/a.jpg", Body=b"an attachment")

    for _ in range(2):
        assert run_summaries("s3://clinic/inbox", "s3://clinic/out", max_failures="1") == Exit.OK

    output = Output("s3://clinic/out")
    (part,) = output.parts()
    found = output.read_part(part).to_pylist()
    assert sorted((row["query_id"], row["status"]) for row in found) == [
        *(("bad", "error"), ("q0", "ok"), ("q1", "ok"), ("q2", "ok")),
    ]
    assert {row["source"] for row in found} == {"s3://clinic/inbox/ward 1/a.jsonl"}
    account = output.run() or {}
    assert account["counts"]["messages_this_run"] == 4
