"""What is deployed is what Ray, EC2 and Kubernetes take: checked by their own schemas where they ship any."""

import copy
import json
import os
import re
import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import yaml
from botocore.validate import ParamValidator
from ray.autoscaler._private.util import prepare_config, validate_config
from test_readme import commands_in, parsed

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "jobs/deploy"
CLOUD, ON_PREMISE, KUBERAY = ROOT / "ray_cluster.yaml", DEPLOY / "on_premise.yaml", DEPLOY / "kuberay.yaml"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
DOCUMENT = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")


def told_by(script: str, *words: str, given: str = "") -> Any:
    """What a script beside this file prints, as JSON; it runs in a process of its own."""
    command = [sys.executable, str(Path(__file__).with_name(script)), *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ended = subprocess.run(  # noqa: S603 - fixed words
        command, input=given, capture_output=True, text=True, env=environment, timeout=250, check=False
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return json.loads(ended.stdout.splitlines()[-1])


def loaded(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


# Ray's cluster launcher


@pytest.mark.parametrize("file", [CLOUD, ON_PREMISE], ids=["cloud", "on_premise"])
def test_ray_takes_the_cluster(file: Path) -> None:
    config = prepare_config(copy.deepcopy(loaded(file)))
    validate_config(config)
    assert set(loaded(file)) - set(config) <= {"min_workers"}  # which Ray moves into its type of node

    start = " ".join(config["head_start_ray_commands"])
    assert "--num-cpus=0" in start
    assert "--dashboard-host=127.0.0.1" in start
    assert not config["file_mounts"]
    options = config["docker"]["run_options"]
    assert "--env RAY_AUTH_MODE=token" in options
    path = next(each for each in options if "RAY_AUTH_TOKEN_PATH" in each).partition("PATH=")[2]
    mounted = next(each for each in options if each.startswith("--volume $HOME/.nuskha-secrets:"))
    assert path.startswith(mounted.split(":")[1])  # the file is where it is looked for


def test_the_cloud_has_a_head_without_work_and_spot_workers_that_come_and_go() -> None:
    config = prepare_config(loaded(CLOUD))
    types = config["available_node_types"]
    head = types.pop(config["head_node_type"])
    assert head["resources"] == {"CPU": 0}
    assert head["max_workers"] == 0
    assert "InstanceMarketOptions" not in head["node_config"]
    assert {name for name, each in types.items() if each["resources"].get("GPU")} == {"gpu"}
    for each in types.values():
        assert each["node_config"]["InstanceMarketOptions"]["MarketType"] == "spot"
        assert 0 <= each["min_workers"] < each["max_workers"] <= config["max_workers"]
    assert config["idle_timeout_minutes"] > 0


def test_ec2_knows_every_field_of_the_nodes() -> None:
    ec2 = botocore.session.get_session().get_service_model("ec2")
    asked = ec2.operation_model("RunInstances").input_shape
    types = loaded(CLOUD)["available_node_types"]
    for name, each in types.items():
        config = dict(each["node_config"])
        subnets = config.pop("SubnetIds")  # Ray tries them one by one, as SubnetId
        call = {**config, "SubnetId": subnets[0], "MinCount": 1, "MaxCount": 1}
        assert not ParamValidator().validate(call, asked).generate_report(), name
        assert all(disk["Ebs"]["Encrypted"] for disk in config["BlockDeviceMappings"])
    report = ParamValidator().validate({**call, "InstanceTyp": "m7i.large"}, asked).generate_report()
    assert "InstanceTyp" in report  # the check finds a slip


@pytest.mark.slow
def test_rays_provider_launches_each_type_of_node() -> None:
    nodes = told_by("launched.py", str(CLOUD))
    types = loaded(CLOUD)["available_node_types"]
    assert set(nodes) == set(types)
    assert {name for name, node in nodes.items() if node.get("InstanceLifecycle") == "spot"} == {"cpu", "gpu"}
    for name, node in nodes.items():
        profile = "nuskha-head" if name == "head" else "nuskha-worker"
        assert node["IamInstanceProfile"]["Arn"].endswith(f":instance-profile/{profile}")
        assert [group["GroupName"] for group in node["SecurityGroups"]] == ["nodes"]  # and none that Ray made
        assert name == "head" or {"GPU": 0, **types[name]["resources"]} == node["Kind"]


# KubeRay, whose schema Ray does not carry: fields as its API reference lists them

JOB = {
    *("activeDeadlineSeconds", "backoffLimit", "rayClusterSpec", "submitterPodTemplate", "metadata"),
    *("clusterSelector", "submitterConfig", "managedBy", "deletionStrategy", "entrypoint", "jobId"),
    *("runtimeEnvYAML", "submissionMode", "entrypointResources", "entrypointNumCpus", "entrypointNumGpus"),
    *("ttlSecondsAfterFinished", "shutdownAfterJobFinishes", "suspend"),
}
CLUSTER = {
    *("suspend", "managedBy", "authOptions", "autoscalerOptions", "headServiceAnnotations", "rayVersion"),
    *("enableInTreeAutoscaling", "gcsFaultToleranceOptions", "headGroupSpec", "workerGroupSpecs"),
}
AUTOSCALER = {
    *("resources", "image", "imagePullPolicy", "securityContext", "idleTimeoutSeconds", "upscalingMode"),
    *("version", "env", "envFrom", "volumeMounts"),
}
HEAD = {"template", "headService", "enableIngress", "rayStartParams", "serviceType"}
WORKERS = {
    *("suspend", "groupName", "replicas", "minReplicas", "maxReplicas", "idleTimeoutSeconds"),
    *("rayStartParams", "template", "scaleStrategy", "numOfHosts"),
}
POD = {
    *("serviceAccountName", "securityContext", "containers", "nodeSelector", "tolerations", "volumes"),
}
CONTAINER = {
    *("name", "image", "imagePullPolicy", "securityContext", "env", "ports", "resources", "volumeMounts"),
}
QUANTITY = re.compile(r"\d+(m|[KMGT]i?)?")


def kuberay() -> dict[str, Any]:
    documents = yaml.safe_load_all(KUBERAY.read_text(encoding="utf-8"))
    return {each["kind"]: each for each in documents}


def test_the_manifest_has_fields_that_kuberay_has() -> None:
    job = kuberay()["RayJob"]
    assert (job["apiVersion"], set(job)) == ("ray.io/v1", {"apiVersion", "kind", "metadata", "spec"})
    assert re.fullmatch(r"[a-z0-9-]{1,47}", job["metadata"]["name"])
    cluster = job["spec"]["rayClusterSpec"]
    assert set(job["spec"]) <= JOB
    assert set(cluster) <= CLUSTER
    assert set(cluster["autoscalerOptions"]) <= AUTOSCALER
    assert set(cluster["headGroupSpec"]) <= HEAD
    assert all({"groupName", "minReplicas", "maxReplicas"} <= set(g) <= WORKERS for g in groups(cluster))
    assert cluster["authOptions"] == {"mode": "token", "secretName": "nuskha-ray-token"}
    assert cluster["rayVersion"] == version("ray")
    for group in (cluster["headGroupSpec"], *groups(cluster)):
        assert {"rayStartParams", "template"} <= set(group)
        assert all(isinstance(value, str) for value in group["rayStartParams"].values())
        assert set(group["template"]["spec"]) <= POD
        assert group["template"]["spec"]["securityContext"]["runAsNonRoot"]
        check_container(*group["template"]["spec"]["containers"])


def groups(cluster: dict[str, Any]) -> list[dict[str, Any]]:
    return list(cluster["workerGroupSpecs"])


def check_container(container: dict[str, Any]) -> None:
    assert {"name", "image", "resources"} <= set(container) <= CONTAINER
    resources = container["resources"]
    assert resources["requests"] == resources["limits"]
    assert {"cpu", "memory"} <= set(resources["limits"])
    assert all(QUANTITY.fullmatch(amount) for amount in resources["limits"].values())
    assert all(isinstance(each["value"], str) for each in container["env"])


def test_the_head_runs_no_work_and_the_groups_come_and_go() -> None:
    cluster = kuberay()["RayJob"]["spec"]["rayClusterSpec"]
    assert cluster["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
    assert cluster["enableInTreeAutoscaling"] is True
    gpus = {
        group["groupName"]: group["template"]["spec"]["containers"][0]["resources"]["limits"].get(
            "nvidia.com/gpu"
        )
        for group in groups(cluster)
    }
    assert gpus == {"cpu": None, "gpu": "1"}
    assert all(g["minReplicas"] <= g["replicas"] < g["maxReplicas"] for g in groups(cluster))


def test_the_job_is_a_command_of_ours() -> None:
    nuskha, *words = shlex.split(kuberay()["RayJob"]["spec"]["entrypoint"])
    name, told = parsed(words)
    assert (nuskha, name) == ("nuskha", "batch")
    assert told["inputs"] == ["s3://hospital/scans"]
    assert told["resume"] is True  # backoffLimit starts it again


def test_the_policy_is_about_the_pods_of_the_job() -> None:
    documents = kuberay()
    cluster = documents["RayJob"]["spec"]["rayClusterSpec"]
    wanted = documents["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"].items()
    for group in (cluster["headGroupSpec"], *groups(cluster)):
        assert wanted <= group["template"]["metadata"]["labels"].items()
        assert (
            group["template"]["spec"]["serviceAccountName"] == documents["ServiceAccount"]["metadata"]["name"]
        )
    assert set(documents["NetworkPolicy"]["spec"]["policyTypes"]) == {"Ingress", "Egress"}


# The image


def instructions() -> list[tuple[str, str]]:
    """(name, arguments) of the Dockerfile's instructions, continued lines joined."""
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", " ")
    return [(line.split()[0], " ".join(line.split()[1:])) for line in text.splitlines() if line.strip()]


def test_what_the_image_copies_is_there_and_nothing_else_enters_the_build() -> None:
    copied = {word for name, rest in instructions() if name == "COPY" for word in rest.split()[:-1]}
    assert copied
    assert all((ROOT / each).exists() for each in copied)
    first, *rules = [
        line
        for line in (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert first == "*"
    assert {rule.removeprefix("!") for rule in rules if rule.startswith("!")} == copied


def test_the_image_installs_as_make_setup_does() -> None:
    def options(text: str) -> list[str]:
        command = next(line for line in text.splitlines() if "--no-binary rouge-score" in line)
        words = shlex.split(command.partition("pip install")[2].split("&&")[-1])
        return [word for word in words if word not in {"-e", ".", ".[dev]", "boto3"}]

    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    image = "\n".join(part for _, rest in instructions() for part in rest.split("&&"))
    assert options(image) == options(makefile)
    installs = [part for part in image.splitlines() if "pip install" in part]
    assert all("-c constraints.txt" in part or "--no-deps" in part for part in installs)


def test_the_image_is_of_a_pinned_python_and_runs_as_nobody() -> None:
    told = instructions()
    assert re.fullmatch(r"PYTHON=3\.\d+-slim-\w+", next(rest for name, rest in told if name == "ARG"))
    assert [rest for name, rest in told if name == "USER"] == ["1000"]
    assert any(name == "ENV" and "HOME=/home/nuskha" in rest for name, rest in told)  # `ray up` looks there
    assert not re.search(r"TOKEN=|SECRET|PASSWORD|ACCESS_KEY", DOCKERFILE)


# The document


def test_the_commands_of_the_document_are_ours() -> None:
    commands = list(commands_in(DOCUMENT))
    assert {parsed(words)[0] for words in commands} >= {"batch"}


@pytest.mark.parametrize("policy", re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL))
def test_the_rights_of_the_document_are_few(policy: str) -> None:
    statements = json.loads(policy)["Statement"]
    actions = {action for each in statements for action in each["Action"]}
    assert not {action for action in actions if action.endswith(":*") or action == "*"}
    for each in statements:
        reading = all(
            re.match(r"ec2:Describe|ecr:GetAuthorizationToken", action) for action in each["Action"]
        )
        assert reading or each["Resource"] != "*"


@pytest.mark.slow
def test_a_job_works_with_the_rights_of_the_document_and_no_others() -> None:
    worker = re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)[0]
    assert told_by("rights.py", given=worker) == {
        "opened": ["decode"],
        "written": 1,
        "refused": ["s3://hospital/payroll", "s3://hospital/scans"],
    }


def test_the_files_of_the_document_are_there() -> None:
    named = set(re.findall(r"`((?:jobs|docs|design|bench)/[\w./-]+|ray_cluster\.yaml)`", DOCUMENT))
    assert {"ray_cluster.yaml", "jobs/deploy/Dockerfile", "jobs/deploy/grafana-nuskha.json"} <= named
    assert all((ROOT / name).exists() for name in named)
