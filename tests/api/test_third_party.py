"""A client that others wrote for the vendor's API works here when only its host is changed.

`entirius-py-synerise-sdk` from PyPI, as it is: it signs in with an api key before every request, sends
every field it knows, absent ones as null, and takes an empty answer for success.
"""

from collections.abc import Iterator

import pytest
import synerise_sdk  # type: ignore[import-untyped]
from synerise_sdk.dto.profile import (  # type: ignore[import-untyped]
    ClientProfileEvent,
    Profile,
    ProfileEvent,
)

from collector.auth.keys import hash_key, new_api_key
from e2e.harness import Collector, Pages, run_collector


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """A collector on a port: the client speaks HTTP by itself."""
    with run_collector(tmp_path_factory.mktemp("data"), Pages("")) as running:
        yield running


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy of the machine stands between the client and the collector."""
    monkeypatch.setenv("NO_PROXY", "*")


def test_it_signs_in_makes_a_profile_updates_it_and_sends_an_event(collector: Collector) -> None:
    source = collector.add_source("Low Tide Pottery")
    key = new_api_key()
    collector.store.add_api_key("their client", hash_key(key), source_id=source.source_id)
    client = synerise_sdk.SyneriseClient(collector.url, key)

    assert client.get_workspace_token().count(".") == 2

    ann = Profile(email="ann@shop.example", agreements={"email": False})
    done = ("Profile successfully added/updated", 202)
    assert client.get_profile_create(ann.asdict()) == done
    made = collector.store.find_profile("email", "ann@shop.example")
    assert made is not None
    assert (made.fields, made.agreements) == ({}, {"email": False})

    ann = Profile(email="ann@shop.example", phone="+48111222333", agreements={"email": True, "sms": True})
    assert client.get_profile_create(ann.asdict()) == done
    changed = collector.store.find_profile("email", "ann@shop.example")
    assert changed is not None
    assert changed.client_id == made.client_id
    assert changed.fields["phone"] == "+48111222333"
    assert changed.agreements == {"email": True, "sms": True}

    event = ProfileEvent(
        action="form.submit",
        client=ClientProfileEvent(id=str(made.client_id)),
        label="contact",
        time="2026-01-02T03:04:05.678+01:00",
        params={"formType": "contact", "topic": "glaze"},
    )
    message = "Profile successfully added to event form.submit"
    assert client.add_profile_to_event(event.asdict()) == (message, 202)
    [stored] = [one for one in collector.events(source.source_id) if one.action == "form.submit"]
    assert stored.profile_id == made.client_id
    assert stored.params["topic"] == "glaze"
    assert "label" not in stored.params
    actions = {one.action for one in collector.events(source.source_id)}
    assert {"client.add", "marketingAgreement.turnOn"} <= actions


def test_it_reads_our_errors(collector: Collector) -> None:
    collector.add_source("Low Tide Pottery")
    key = new_api_key()
    collector.store.add_api_key("their other client", hash_key(key))
    wrong = synerise_sdk.SyneriseClient(collector.url, "not a key")
    with pytest.raises(ConnectionError):
        wrong.get_workspace_token()
    client = synerise_sdk.SyneriseClient(collector.url, key)
    event = ProfileEvent(action="no spaces here", client=ClientProfileEvent(), label=None)
    message, status = client.add_profile_to_event(event.asdict())
    assert status == 400
    assert message == "Some fields did not pass validation"
    assert client.get_profile_create(Profile(email="nobody").asdict()) == ("Bad Request", 400)
