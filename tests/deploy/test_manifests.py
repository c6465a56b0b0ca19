"""The files in `deploy/`: right by their schemas, and as tight as HOSTING.md says."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from viz_app.engine.host.zygote_client import START_SECONDS
from viz_app.limits import Limits
from viz_app.page.server import health, logs, visitors
from viz_app.paths import PROJECT
from viz_app.replicas import current

DEPLOY = PROJECT / "deploy"
BASE = DEPLOY / "kubernetes"
MEGABYTES = {"Mi": 1, "Gi": 1024, "m": 1, "g": 1024}


def _resources() -> Iterator[Any]:
    listed = yaml.safe_load((BASE / "kustomization.yaml").read_text("utf-8"))["resources"]
    assert {*listed, "kustomization.yaml"} == {it.name for it in BASE.glob("*.yaml")}
    for name in listed:
        yield from yaml.safe_load_all((BASE / name).read_text("utf-8"))


RESOURCES = {f"{it['kind']} {it['metadata']['name']}": it for it in _resources()}
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
PODS = {name: it["spec"]["template"] for name, it in RESOURCES.items() if "template" in it["spec"]}


@pytest.mark.parametrize("name", RESOURCES)
def test_kubernetes_resources_match_their_schema(name: str) -> None:
    kubernetes_validate.validate(RESOURCES[name], kubernetes_validate.latest_version(), strict=True)


def test_schema_rejects_faulty_manifests() -> None:
    wrong = json.loads(json.dumps(RESOURCES["Deployment visualiser"]))
    wrong["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, kubernetes_validate.latest_version(), strict=True)


def _checked(path: Path) -> int:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    return subprocess.run([*command, str(path)], capture_output=True).returncode


def test_compose_file_matches_its_schema(tmp_path: Path) -> None:
    assert _checked(DEPLOY / "compose.yaml") == 0
    wrong = tmp_path / "compose.yaml"
    wrong.write_text("services: {app: {image: visualiser, read_onyl: true}}\n")
    assert _checked(wrong) == 1


@pytest.mark.parametrize("name", PODS)
def test_pods_keep_to_the_restricted_standard(name: str) -> None:
    """The rules of Kubernetes's "restricted" profile, and a root file system that is read-only."""
    pod = PODS[name]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
    assert pod["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    kinds = {kind for volume in pod["volumes"] for kind in volume if kind != "name"}
    assert kinds <= {"configMap", "emptyDir", "persistentVolumeClaim", "secret"}
    for container in pod["containers"]:
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["readOnlyRootFilesystem"] is True
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert not {"privileged", "runAsUser"} & set(context)
        assert {"requests", "limits"} <= set(container["resources"])
        assert not any("hostPort" in port for port in container["ports"])


@pytest.mark.parametrize("name", PODS)
def test_pods_have_no_outbound_network(name: str) -> None:
    """Also not to a name server, through which a program could send what it has read."""
    app = PODS[name]["metadata"]["labels"]["app"]
    policy = RESOURCES[f"NetworkPolicy {app}"]["spec"]
    assert policy["podSelector"]["matchLabels"] == {"app": app}
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    ways = policy.get("egress", [])
    if app == "redis":
        assert ways == []
        return
    assert [it["to"] for it in ways] == [[{"podSelector": {"matchLabels": {"app": "redis"}}}]]
    assert [port["port"] for way in ways for port in way["ports"]] == [6379]


def _environment(container: Any) -> dict[str, str]:
    return {it["name"]: it.get("value", "") for it in container["env"]}


def test_selectors_match_the_pods() -> None:
    labels = PODS["Deployment visualiser"]["metadata"]["labels"]
    assert RESOURCES["Service visualiser"]["spec"]["selector"].items() <= labels.items()
    assert RESOURCES["PodDisruptionBudget visualiser"]["spec"]["selector"]["matchLabels"] == labels
    target = RESOURCES["HorizontalPodAutoscaler visualiser"]["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", "visualiser")
    back = RESOURCES["Ingress visualiser"]["spec"]["rules"][0]["http"]["paths"][0]["backend"]
    assert back["service"] == {"name": "visualiser", "port": {"name": "http"}}
    assert RESOURCES["Service redis"]["spec"]["selector"] == {"app": "redis"}


def test_pods_have_time_to_start_and_to_drain() -> None:
    pod = PODS["Deployment visualiser"]["spec"]
    container = pod["containers"][0]
    start = container["startupProbe"]
    assert start["periodSeconds"] * start["failureThreshold"] >= START_SECONDS
    assert start["httpGet"]["path"] in health.PATHS
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    ready = container["readinessProbe"]
    drain = health.drain_seconds(_environment(container))
    assert ready["periodSeconds"] * ready["failureThreshold"] < drain
    assert drain < pod["terminationGracePeriodSeconds"]
    grace = int(COMPOSE["services"]["app"]["stop_grace_period"].removesuffix("s"))
    assert health.drain_seconds(COMPOSE["services"]["app"]["environment"]) < grace


def test_memory_is_enough_for_the_programs() -> None:
    compose = COMPOSE["services"]["app"]
    container = PODS["Deployment visualiser"]["spec"]["containers"][0]
    for environment, limit in (
        (compose["environment"], compose["mem_limit"]),
        (_environment(container), container["resources"]["limits"]["memory"]),
    ):
        number, unit = re.fullmatch(r"(\d+)(\w+)", limit).groups()  # type: ignore[union-attr]
        each = Limits().memory_bytes / 2**20
        assert int(number) * MEGABYTES[unit] >= int(environment["VIZ_APP_AT_ONCE"]) * each + 512


def test_manifests_use_existing_settings_only() -> None:
    text = (PROJECT / "HOSTING.md").read_text("utf-8")
    container = PODS["Deployment visualiser"]["spec"]["containers"][0]
    for environment in (COMPOSE["services"]["app"]["environment"], _environment(container)):
        own = {name for name in environment if name.startswith("VIZ_APP_")}
        assert current.URL in own
        assert [name for name in sorted(own) if f"`{name}`" not in text] == []
        assert environment["VIZ_APP_SANDBOX"] == "required"
        assert logs.as_json(environment)
        assert visitors.proxies(environment)
        assert "STREAMLIT_SERVER_COOKIE_SECRET" in environment


def test_manifests_contain_no_secret() -> None:
    for path in (it for it in DEPLOY.rglob("*") if it.is_file()):
        for name, value in re.findall(
            r"(?im)^\s*(\w*(?:secret|password|_key)):\s*(\S+)", path.read_text("utf-8")
        ):
            assert value.startswith(("${", "{", "visualiser", "cookie-", "redis-")), (path, name)


def test_compose_services_have_no_privileges_and_no_outbound_network() -> None:
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name, service in COMPOSE["services"].items():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]  # and no other seccomp
        assert {"mem_limit", "pids_limit", "restart"} <= set(service)
        assert ("ports" in service) == (name == "proxy")
        assert service["networks"] == (["outside", "inside"] if name == "proxy" else ["inside"])


def test_redis_persists_what_it_acknowledges() -> None:
    text = (DEPLOY / "redis.conf").read_text("utf-8")
    assert (BASE / "redis.conf").read_text("utf-8") == text  # kustomize reads no folder above
    settings = dict(
        line.split(" ", 1) for line in text.splitlines() if line and not line.startswith("#")
    )
    assert settings["appendonly"] == "yes"
    assert settings["appendfsync"] == "always"
    assert settings["maxmemory-policy"] == "noeviction"


def test_image_has_a_health_check_and_no_privileges() -> None:
    text = (PROJECT / "Dockerfile").read_text("utf-8")
    assert re.search(r"^HEALTHCHECK .*\\\n.*/readyz", text, re.MULTILINE)
    user = re.findall(r"^USER (\d+):\d+$", text, re.MULTILINE)
    assert [int(it) > 0 for it in user] == [True]
    assert user == [str(PODS["Deployment visualiser"]["spec"]["securityContext"]["runAsUser"])]
