"""Deployments as the cloud's command line prints them."""

from typing import Any

import pytest

from api.directory.readers.found import FoundDeployment, Skipped, Unreadable
from api.directory.readers.read import read_directory
from tests.api.directory.readers.listings import FIXTURES, RESEARCH, SUPPORT, brief, deployment_of, json_found

ACCOUNT = "/subscriptions/S-1/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/acc/deployments/chat"
SERVERLESS = "/subscriptions/S-1/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/ws/serverlessEndpoints/answers"
MANAGED = "/subscriptions/S-1/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/ws/onlineEndpoints/own"
LARGE = "azureml://registries/azureml-mistral/models/Mistral-large"


def of_account(sku: str = "GlobalStandard", state: str | None = "Succeeded", path: str | None = ACCOUNT, **model: Any) -> dict[str, Any]:
    usual = {"format": "Mistral AI", "name": "Mistral Large", "version": "2407"}
    return {"id": path, "name": "chat", "properties": {"model": usual | model, "provisioningState": state}, "sku": {"name": sku}}


def endpoint(model: str = LARGE, **fields: Any) -> dict[str, Any]:
    return {"id": SERVERLESS, "name": "answers", "location": "East US 2", "model_id": model, "provisioning_state": "succeeded"} | fields


def test_the_listings_say_what_one_table_says() -> None:
    listed = [*read_directory(FIXTURES / "deployments.json").found, *read_directory(FIXTURES / "endpoints.json").found]
    table = list(read_directory(FIXTURES / "deployments.csv").found)
    assert sorted(brief(one) for one in listed if isinstance(one, FoundDeployment)) == sorted(map(brief, table))
    assert [brief(one) for one in listed if not isinstance(one, FoundDeployment)] == [
        ("skipped", "element 3: it does not stand: 'Deleting'", SUPPORT),
        ("skipped", "element 3: managed compute: it has no serverless deployment", RESEARCH),
    ]


def test_a_deployment_of_an_account() -> None:
    found = deployment_of(of_account())
    assert brief(found) == ("s-1", "acc/chat", "azure/mistral-large", "deployment_type=global-standard, version=2407")
    assert str(deployment_of(of_account(format="OpenAI", name="gpt-4o", version=None)).key) == "azure-openai/gpt-4o"


@pytest.mark.parametrize(
    ("sku", "key"),
    [
        ("Standard", "standard"),
        ("GlobalStandard", "global-standard"),
        ("DataZoneStandard", "data-zone-standard"),
        ("ProvisionedManaged", "provisioned-managed"),
        ("GlobalProvisionedManaged", "global-provisioned-managed"),
        ("GlobalBatch", "global-batch"),
    ],
)
def test_a_sku_is_the_deployment_type_in_the_key_form_of_published_tables(sku: str, key: str) -> None:
    assert deployment_of(of_account(sku)).scope.as_dict()["deployment_type"] == key


@pytest.mark.parametrize("spelling", ["model_id", "modelId"])
def test_a_serverless_endpoint_in_either_spelling(spelling: str) -> None:
    found = deployment_of(
        {spelling.replace("model_id", "modelId") if name == "model_id" else name: value for name, value in endpoint().items()}
    )
    assert brief(found) == ("s-1", "ws/answers", "azure/mistral-large", "deployment_type=serverless, region=eastus2")


@pytest.mark.parametrize(
    ("behind", "version"),
    [("", None), ("/", None), ("/versions/3", "3"), (":3", "3"), ("/labels/latest", None), ("@latest", None)],
)
def test_a_model_id_may_name_a_version(behind: str, version: str | None) -> None:
    found = deployment_of(endpoint(LARGE + behind))
    assert (str(found.key), found.scope.as_dict().get("version")) == ("azure/mistral-large", version)


@pytest.mark.parametrize("state", ["Deleting", "failed", "Canceled", "Creating"])
def test_what_does_not_stand_is_skipped_with_its_state(state: str) -> None:
    assert json_found(of_account(state=state), endpoint(provisioning_state=state)) == [
        Skipped(line, f"element {line - 1}: it does not stand: '{state}'", "s-1") for line in (2, 3)
    ]


@pytest.mark.parametrize("state", ["Succeeded", "succeeded", "Updating", None])
def test_what_answers_while_it_is_changed_is_found(state: str | None) -> None:
    assert deployment_of(of_account(state=state)).deployment == "acc/chat"


@pytest.mark.parametrize(
    "element", [{"id": MANAGED, "kind": "Managed"}, {"name": "blue", "instance_type": "Standard_DS3_v2", "model": LARGE}]
)
def test_managed_compute_is_skipped(element: dict[str, Any]) -> None:
    (found,) = json_found(element, subscription="s-1")
    assert brief(found) == ("skipped", "element 1: managed compute: it has no serverless deployment", "s-1")


def test_without_an_id_the_caller_says_whose_it_is() -> None:
    assert brief(deployment_of(endpoint(id=None), subscription="S-2"))[:2] == ("s-2", "answers")
    (found,) = json_found(endpoint(id=None))
    assert brief(found) == ("unreadable", "element 1: it has no id that names its subscription; say which one was listed")


def test_the_same_deployment_passes_once_and_a_contradiction_is_told() -> None:
    _, same, other = json_found(of_account(), of_account(), of_account(version="2411"))
    assert same == Skipped(3, "element 2: the same deployment as in element 1", "s-1")
    assert other == Unreadable(4, "element 3: element 1 says something else of a deployment with the same name")


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        ("x", "it is no object"),
        (of_account(name=""), "its model cannot be used"),
        (of_account(name=".."), "its model cannot be used"),
        (of_account(name=["x"]), "its model cannot be used"),
        (of_account(version="1\u202e"), "its scope version cannot be used"),
        ({"id": ACCOUNT, "properties": {"model": 7}}, "its model cannot be used"),
        (
            endpoint("azureml://locations/l/workspaces/w/models/own/versions/1"),
            "its model id cannot be used: it names no model of a registry",
        ),
        (endpoint("Mistral-large"), "its model id cannot be used"),
        (endpoint(id=None, name=None), "it has no id"),
    ],
)
def test_a_bad_element_says_why(element: object, reason: str) -> None:
    good, bad = json_found(of_account(), element)
    assert isinstance(good, FoundDeployment)
    assert isinstance(bad, Unreadable)
    assert bad.reason.startswith(f"element 2: {reason}")
