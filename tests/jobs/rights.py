"""`python rights.py < POLICY.json`: uses a bucket with a policy's rights, enforced by a server on loopback.

In a process of its own: the server asks everybody for rights from then on. Prints a JSON object of what went.
"""

import json
import os
import sys
import urllib.request
from typing import Any

import boto3
import pyarrow as pa
from moto.server import ThreadedMotoServer

ROWS = pa.table({"status": ["ok"], "error_stage": [""], "error": [""]})


def main() -> dict[str, Any]:
    """What a job does with its bucket, from the first look at the input to the last part.

    But for deleting, which this server refuses whoever has not every right.
    """
    from jobs.exits import CannotStart, Stopped
    from jobs.lease import lease_of
    from jobs.output import Output
    from jobs.preparation import find_documents
    from ocr.pages import open_pages

    sources = find_documents(["s3://hospital/scans"], "s3://hospital/results").sources
    opened = [page for source in sources for page in open_pages(source, frozenset())]
    output = Output("s3://hospital/results")
    with lease_of(output.folder):
        output.write_run({"run_id": "1", "job": "ocr", "reading": {}})
        output.write_part("part-1.parquet", ROWS)
    written = output.read_part("part-1.parquet").num_rows
    refused = []
    for place in ("s3://hospital/payroll", "s3://hospital/scans"):
        try:
            Output(place).write_run({"run_id": "1", "job": "ocr", "reading": {}})
        except (CannotStart, Stopped):
            refused.append(place)
    return {
        "opened": [page.error_stage for page in opened],
        "written": written,
        "refused": refused,
    }


def only_with(policy: str, url: str) -> dict[str, str]:
    """The keys of a user with that policy; from now on nobody does what no policy allows."""
    s3, iam = boto3.client("s3"), boto3.client("iam")
    s3.create_bucket(Bucket="hospital")
    s3.put_object(Bucket="hospital", Key="scans/ward 1/empty.png", Body=b"")
    iam.create_user(UserName="worker")
    iam.put_user_policy(UserName="worker", PolicyName="policy", PolicyDocument=policy)
    key = iam.create_access_key(UserName="worker")["AccessKey"]
    asked = urllib.request.Request(  # noqa: S310 - on loopback
        f"{url}/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"}
    )
    urllib.request.urlopen(asked).close()  # noqa: S310 - likewise
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


if __name__ == "__main__":
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    os.environ |= keys | {"AWS_ENDPOINT_URL": url, "AWS_DEFAULT_REGION": "us-east-1"}
    os.environ |= only_with(sys.stdin.read(), url)
    went = main()
    server.stop()
    print(json.dumps(went))
