"""Newsletter: what a field or a form does to the agreement, by the workspace's mode."""

import pytest

from collector.model.profile import Newsletter, ProfileUpdate
from collector.model.workspace import NewsletterMode
from collector.store import Store
from collector.store.agreements import Effect, effect
from tests.store.events import EventMaker

ON = Effect(agreed=True, turned=True)
WAITS = Effect(pending="enabled")
NOTHING = Effect()


@pytest.mark.parametrize(
    ("mode", "wish", "agreed", "fully", "expected"),
    [
        pytest.param("single", "enabled", None, True, ON, id="single: a tick turns it on"),
        pytest.param("single", "enabled", True, True, NOTHING, id="single: on already"),
        pytest.param("single", "enabled", None, False, WAITS, id="single: a stranger's tick waits"),
        pytest.param("single", "confirmation", None, True, NOTHING, id="single: confirmation is for double"),
        pytest.param("double", "enabled", None, True, WAITS, id="double: a tick waits"),
        pytest.param("double", "confirmation", None, True, WAITS, id="double: confirmation waits"),
        pytest.param("off", "enabled", None, True, NOTHING, id="off: a tick turns nothing on"),
        pytest.param(
            "off",
            "disabled",
            True,
            True,
            Effect(agreed=False, turned=True),
            id="any mode: disabled turns off",
        ),
        pytest.param(
            "single", "disabled", None, True, Effect(agreed=False), id="disabled without one is no turn"
        ),
        pytest.param(
            "single", "disabled", True, False, Effect(pending="disabled"), id="a stranger's disabled waits"
        ),
        pytest.param("single", "disabled", None, False, NOTHING, id="nothing to disable"),
        pytest.param("single", None, None, True, NOTHING, id="nothing asked"),
    ],
)
def test_effect(
    mode: NewsletterMode, wish: Newsletter | None, agreed: bool | None, fully: bool, expected: Effect
) -> None:
    assert effect(mode, ProfileUpdate(newsletter=wish), agreed, fully) == expected


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        pytest.param("off", NOTHING, id="off: an address, no agreement"),
        pytest.param("single", NOTHING, id="single: an address, no agreement"),
        pytest.param("double", WAITS, id="double: waits for the link"),
    ],
)
def test_a_newsletter_form_enables_nothing_by_itself(mode: NewsletterMode, expected: Effect) -> None:
    assert effect(mode, ProfileUpdate(newsletter_form=True), None, True) == expected


async def test_a_new_persons_tick_agrees_and_tells_so_once(store: Store, make: EventMaker) -> None:
    store.save_workspace(newsletter_mode="single")
    update = ProfileUpdate(email="ann@shop.example", newsletter="enabled")
    await store.append([make("form.submit", profile=update), make("client.createOrUpdate", profile=update)])
    ann = store.find_profile("email", "ann@shop.example")
    assert ann is not None
    assert ann.agreements == {"email": True}
    assert ann.attributes == {"newsletter_agreement_enabled": "enabled"}
    turned = store.events(make.source.source_id, action="marketingAgreement.turnOn")
    assert [event.params for event in turned] == [{"agreement": "email"}]
    assert turned[0].derived
    assert turned[0].profile_id == ann.client_id


async def test_nobody_agrees_to_mail_without_an_address(store: Store, make: EventMaker) -> None:
    store.save_workspace(newsletter_mode="single")
    await store.append([make("form.submit", profile=ProfileUpdate(newsletter="enabled"))])
    visitor = store.find_profile("uuid", "browser-1")
    assert visitor is not None
    assert (visitor.agreements, visitor.pending) == ({}, {"email": "enabled"})
    assert store.events(make.source.source_id, action="marketingAgreement.turnOn") == []


async def test_what_a_back_end_settled_for_somebody_unknown_no_page_turns(
    store: Store, make: EventMaker
) -> None:
    store.save_workspace(newsletter_mode="single")
    off = ProfileUpdate(email="ann@shop.example", newsletter="disabled")
    await store.append([make("client.createOrUpdate", profile=off, trusted=True)])
    on = ProfileUpdate(email="ann@shop.example", newsletter="enabled")
    await store.append([make("form.submit", profile=on)])
    ann = store.find_profile("email", "ann@shop.example")
    assert ann is not None
    assert ann.agreements == {"email": False}


async def test_with_the_mode_off_a_tick_is_only_noted(store: Store, make: EventMaker) -> None:
    update = ProfileUpdate(email="ann@shop.example", newsletter="enabled")
    await store.append([make("form.submit", profile=update)])
    ann = store.find_profile("email", "ann@shop.example")
    assert ann is not None
    assert ann.agreements == {}
    assert ann.attributes == {"newsletter_agreement_enabled": "enabled"}
