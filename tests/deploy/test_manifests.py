"""The manifests in deploy/ agree with the code: commands, settings, paths, metrics, topics."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from services.settings import Settings
from shared import telemetry
from shared.events import TOPICS
from shared.runtime import ALL
from tests.services import definition

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SETTINGS = {f"TANGGAP_{name.upper()}" for name in Settings.model_fields}
METRICS = {
    # A counter is told without the ending that its series has.
    described.name + ("_total" if described.type == "counter" else "")
    for metric in vars(telemetry).values()
    if isinstance(metric, MetricWrapperBase)
    for described in metric.describe()
}


def documents(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((DEPLOY / "k8s" / name).read_text()))


def of_kind(name: str, kind: str) -> dict[str, Any]:
    return next(document for document in documents(name) if document["kind"] == kind)


@pytest.mark.parametrize("file", sorted(DEPLOY.rglob("*.y*ml")), ids=lambda file: file.name)
def test_every_yaml_file_parses(file: Path) -> None:
    assert all(document for document in yaml.safe_load_all(file.read_text()))


@pytest.mark.parametrize("service", ALL)
def test_a_deployment_runs_its_service_with_health_probes(service: str) -> None:
    pod = of_kind(f"{service}.yaml", "Deployment")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["args"] == [service]
    assert pod["initContainers"][0]["args"] == ["migrate", service]
    assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"
    assert container["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    assert container["ports"][0]["containerPort"] == Settings.model_fields["port"].default
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["enableServiceLinks"] is False
    for each in (container, *pod["initContainers"]):
        assert each["securityContext"]["readOnlyRootFilesystem"] is True
        assert each["resources"]["limits"]["memory"]
        assert [next(iter(source.values()))["name"] for source in each["envFrom"]] == ["tanggap", f"tanggap-{service}"]


@pytest.mark.parametrize("service", ALL)
def test_the_labels_of_service_and_budget_select_the_pods(service: str) -> None:
    deployment = of_kind(f"{service}.yaml", "Deployment")["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    assert deployment["selector"]["matchLabels"] == labels
    assert of_kind(f"{service}.yaml", "Service")["spec"]["selector"] == labels
    assert of_kind(f"{service}.yaml", "PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == labels
    assert deployment["replicas"] > of_kind(f"{service}.yaml", "PodDisruptionBudget")["spec"]["maxUnavailable"]


@pytest.mark.parametrize("service", ALL)
def test_production_starts_with_the_config_and_the_secrets(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = next(
        each for each in documents("secrets.example.yaml") if each["metadata"]["name"] == f"tanggap-{service}"
    )
    given = {**of_kind("config.yaml", "ConfigMap")["data"], **secret["stringData"]}
    assert set(given) <= SETTINGS
    for name, value in given.items():
        monkeypatch.setenv(name, "A" * 43 + "=" if name.endswith("_KEY") else value)
    settings = Settings()
    assert settings.environment == "production"
    assert settings.database_url(service)


def test_kustomize_applies_every_service() -> None:
    (kustomization,) = documents("kustomization.yaml")
    assert set(kustomization["resources"]) == {"config.yaml", "audit.yaml", *(f"{service}.yaml" for service in ALL)}


@pytest.mark.parametrize("service", ALL)
def test_compose_runs_the_service_with_its_own_database_role(service: str) -> None:
    one = COMPOSE["services"][service]
    assert one["command"] == [service]
    assert set(one["environment"]) <= SETTINGS
    assert one["environment"][f"TANGGAP_{service.upper()}_DATABASE_URL"].startswith(f"postgresql+asyncpg://{service}@")
    roles = (DEPLOY / "postgres" / "roles.sql").read_text()
    assert f"CREATE ROLE {service} LOGIN;" in roles
    assert f"CREATE SCHEMA AUTHORIZATION {service};" in roles


def test_a_repair_has_the_roles_of_the_auditor_and_of_those_who_say_again() -> None:
    pod = of_kind("repair.yaml", "Job")["spec"]["template"]["spec"]
    [container] = pod["containers"]
    compose = COMPOSE["services"]["repair"]
    assert container["args"] == compose["command"] == ["audit", "--repair"]
    owners = {name for name in ALL if definition(name).say_again}
    secrets = {each["secretRef"]["name"] for each in container["envFrom"] if "secretRef" in each}
    assert secrets == {"tanggap-audit", *(f"tanggap-{name}" for name in owners)}
    urls = {name for name in compose["environment"] if name.endswith("_DATABASE_URL") and "AUDIT" not in name}
    assert urls == {f"TANGGAP_{name.upper()}_DATABASE_URL" for name in owners}
    assert compose["profiles"] == ["repair"] and set(compose["environment"]) <= SETTINGS


def test_the_auditor_reads_all_four_databases_by_roles_that_may_only_read() -> None:
    pod = of_kind("audit.yaml", "Deployment")["spec"]["template"]["spec"]
    assert pod["containers"][0]["args"] == COMPOSE["services"]["audit"]["command"] == ["audit"]
    secret = next(each for each in documents("secrets.example.yaml") if each["metadata"]["name"] == "tanggap-audit")
    given, roles = COMPOSE["services"]["audit"]["environment"], (DEPLOY / "postgres" / "roles.sql").read_text()
    assert set(given) <= SETTINGS
    for service in ALL:
        name = f"TANGGAP_AUDIT_{service.upper()}_DATABASE_URL"
        assert given[name].startswith(f"postgresql+asyncpg://audit_{service}@")
        assert secret["stringData"][name].startswith(f"postgresql+asyncpg://audit_{service}:")
        assert f"CREATE ROLE audit_{service} LOGIN;" in roles
        default = f"ALTER DEFAULT PRIVILEGES FOR ROLE {service} IN SCHEMA {service} "
        assert f"{default}GRANT SELECT ON TABLES TO audit_{service};" in roles


def test_the_image_sets_only_existing_settings() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    assert set(re.findall(r"TANGGAP_\w+", text)) <= SETTINGS
    assert 'ENTRYPOINT ["python", "-m", "services"]' in text


@pytest.mark.parametrize("file", ["prometheus/alerts.yml", "grafana/tanggap.json"])
def test_alerts_and_dashboard_use_existing_metrics(file: str) -> None:
    used = set(re.findall(r"\btanggap_\w+", (DEPLOY / file).read_text()))
    assert used
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in used} <= METRICS


def test_the_dashboard_is_json_with_a_query_in_every_panel() -> None:
    dashboard = json.loads((DEPLOY / "grafana" / "tanggap.json").read_text())
    assert all(panel["targets"][0]["expr"] for panel in dashboard["panels"])


def test_the_listed_topics_are_those_of_the_contract() -> None:
    listed = yaml.safe_load((DEPLOY / "kafka" / "topics.yaml").read_text())
    assert {topic["name"] for topic in listed} == set(TOPICS)


def test_links_in_mails_of_the_composition_lead_to_the_ports_of_their_services() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    for name, setting in (("notify", "TANGGAP_PUBLIC_URL"), ("intake", "TANGGAP_INTAKE_URL")):
        address = services["notify"]["environment"][setting].removeprefix("http://")
        assert f"{address}:8000" in services[name]["ports"]
