"""Names in the directory."""

import pytest

from domain.directory.names import deployment_name, role_name, subscription_id
from domain.errors import InvalidName


@pytest.mark.parametrize(
    ("text", "filed"),
    [("S-1", "s-1"), (" 5AB00000-0000-4000-8000-000000000001\n", "5ab00000-0000-4000-8000-000000000001"), ("a" * 100, "a" * 100)],
)
def test_a_subscription_is_filed_in_lower_case(text: str, filed: str) -> None:
    assert subscription_id(text) == filed


@pytest.mark.parametrize("text", ["", "-a", ".", "a b", "a/b", "a:b", "a" * 101, "\N{LATIN SMALL LETTER E WITH ACUTE}", "a\nb"])
def test_what_is_no_subscription(text: str) -> None:
    with pytest.raises(InvalidName, match="The subscription"):
        subscription_id(text)


def test_a_role_is_filed_as_the_policy_writes_it() -> None:
    assert role_name("  Monitoring\u00a0 \tReader ") == "monitoring reader"
    assert role_name("Rolle für Prüfer") == "rolle für prüfer"


@pytest.mark.parametrize("text", ["", " ", "x" * 201, "a\u202eb", "a\0b", "\ud800", "Ann@Contoso.com"])
def test_what_is_no_role_is_refused_without_an_address_in_the_sentence(text: str) -> None:
    with pytest.raises(InvalidName) as problem:
        role_name(text)
    assert "contoso" not in problem.value.sentence.lower()


def test_a_deployment_keeps_its_name() -> None:
    assert deployment_name(" acc/Chat one ") == "acc/Chat one"
    for text in ("", "x" * 201, "a\nb"):
        with pytest.raises(InvalidName, match="The deployment"):
            deployment_name(text)
