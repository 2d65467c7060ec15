"""`python launched.py CLUSTER.yaml`: Ray's AWS provider launches a node of each type, on a loopback server.

In a process of its own: the key that Ray makes lands in a HOME of its own. Prints a JSON object: of each type
what EC2 says of its node, and the cores and GPUs of that kind of instance.
"""

import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3
import yaml
from moto.server import ThreadedMotoServer


def main(cluster: str) -> dict[str, Any]:
    from ray.autoscaler._private.aws.config import bootstrap_aws
    from ray.autoscaler._private.aws.node_provider import AWSNodeProvider
    from ray.autoscaler._private.util import prepare_config

    ec2 = boto3.client("ec2")
    config = bootstrap_aws(prepare_config(yaml.safe_load(filled_in(cluster, ec2))))
    provider = AWSNodeProvider(config["provider"], config["cluster_name"])
    for name, each in config["available_node_types"].items():
        kind = "head" if name == config["head_node_type"] else "worker"
        tags = {"ray-node-type": kind, "ray-node-name": name, "ray-user-node-type": name}
        provider.create_node(dict(each["node_config"]), tags, 1)
    found = [node for each in ec2.describe_instances()["Reservations"] for node in each["Instances"]]
    return {type_of(node): node | {"Kind": kind_of(node, ec2)} for node in found}


def filled_in(cluster: str, ec2: Any) -> str:
    """The file with things of this account in the places of zeros."""
    text = Path(cluster).read_text(encoding="utf-8")
    subnets = sorted(ec2.describe_subnets()["Subnets"], key=lambda subnet: subnet["AvailabilityZone"])
    for number, subnet in enumerate(subnets[:3]):
        text = text.replace(f"subnet-{number:017}", subnet["SubnetId"])
    group = ec2.create_security_group(GroupName="nodes", Description="nodes", VpcId=subnets[0]["VpcId"])
    for profile in ("nuskha-head", "nuskha-worker"):
        boto3.client("iam").create_instance_profile(InstanceProfileName=profile)
    image = ec2.describe_images()["Images"][0]["ImageId"]
    return text.replace(f"sg-{0:017}", group["GroupId"]).replace(f"ami-{0:017}", image)


def type_of(node: dict[str, Any]) -> str:
    return next(tag["Value"] for tag in node["Tags"] if tag["Key"] == "ray-user-node-type")


def kind_of(node: dict[str, Any], ec2: Any) -> dict[str, int]:
    (kind,) = ec2.describe_instance_types(InstanceTypes=[node["InstanceType"]])["InstanceTypes"]
    gpus = kind.get("GpuInfo", {}).get("Gpus", [])
    return {"CPU": kind["VCpuInfo"]["DefaultVCpus"], "GPU": sum(each["Count"] for each in gpus)}


if __name__ == "__main__":
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    with TemporaryDirectory() as home:
        os.environ |= keys | {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_DEFAULT_REGION": "ap-south-1",
            "HOME": home,
        }
        launched = main(sys.argv[1])
    server.stop()
    print(json.dumps(launched, default=str))
