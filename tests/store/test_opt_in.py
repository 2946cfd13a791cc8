"""Double opt-in in the store: who is asked by mail, how often, and what the mailed link settles."""

from typing import Any

import msgspec
import pytest

from collector.model.change import ProfileChange
from collector.model.event import Derive
from collector.model.mail import Mail
from collector.model.profile import Newsletter, Profile, ProfileUpdate
from collector.model.workspace import NewsletterMode
from collector.privacy.derive import deriving
from collector.profiles.change import change
from collector.store import Store, opt_in
from collector.store.opt_in import HOUR_MS
from tests.store.events import MINUTE, NOON, EventMaker

ANN = "ann@shop.example"
HOUR = HOUR_MS // MINUTE


def wish(word: Newsletter | None, email: str | None = ANN, *, form: bool = False) -> ProfileUpdate:
    return ProfileUpdate(email=email, newsletter=word, newsletter_form=form)


def ann(store: Store) -> Profile:
    found = store.find_profile("email", ANN)
    assert found is not None
    return found


def mailed(store: Store) -> list[tuple[str, str]]:
    """What waits in the outbox, oldest first."""
    return [(mail.kind, mail.recipient) for mail in reversed(store.mails())]


def settle(store: Store, make: EventMaker, mail: Mail, agreed: bool, **changes: Any) -> bool:
    """Do what the link of a mail does."""
    named = {"address": mail.data["address"], "nonce": mail.data["nonce"]} | changes
    return store.settle_agreement(
        mail.data["client_id"], agreed, derive=derive(make, mail), now_ms=NOON + MINUTE, **named
    )


def derive(make: EventMaker, mail: Mail) -> Derive:
    return deriving(make.source, f"mail:{mail.number}", NOON + MINUTE, None, {})


def happened(store: Store, make: EventMaker) -> list[str]:
    """What followed, in commit order."""
    return [event.action for event in store.events(make.source.source_id) if event.derived]


CONFIRM, STOP = [("newsletter.confirm", ANN)], [("newsletter.stop", ANN)]
NONE: list[tuple[str, str]] = []


@pytest.mark.parametrize(
    ("mode", "word", "form", "before", "trusted", "agreed", "mails"),
    [
        pytest.param("single", "enabled", False, None, True, True, NONE, id="single: trusted enabled"),
        pytest.param(
            "single", "enabled", False, None, False, None, CONFIRM, id="single: a stranger's enabled"
        ),
        pytest.param("single", "confirmation", False, None, True, None, NONE, id="single: confirmation"),
        pytest.param("single", None, True, None, True, None, NONE, id="single: a form"),
        pytest.param("double", "enabled", False, None, True, None, CONFIRM, id="double: trusted enabled"),
        pytest.param(
            "double", "enabled", False, None, False, None, CONFIRM, id="double: a stranger's enabled"
        ),
        pytest.param("double", "confirmation", False, None, True, None, CONFIRM, id="double: confirmation"),
        pytest.param("double", "confirmation", False, None, False, None, CONFIRM, id="double: a stranger's"),
        pytest.param("double", None, True, None, True, None, CONFIRM, id="double: a form"),
        pytest.param("double", None, True, None, False, None, CONFIRM, id="double: a stranger's form"),
        pytest.param("double", "enabled", False, False, False, False, CONFIRM, id="double: after a no"),
        pytest.param("double", "enabled", False, True, False, True, NONE, id="double: agreed already"),
        pytest.param("off", "enabled", False, None, True, None, NONE, id="off: enabled"),
        pytest.param("off", None, True, None, True, None, NONE, id="off: a form"),
        pytest.param("off", "disabled", False, True, True, False, NONE, id="off: trusted disabled"),
        pytest.param("off", "disabled", False, True, False, True, NONE, id="off: a stranger's disabled"),
        pytest.param("single", "disabled", False, True, True, False, NONE, id="single: trusted disabled"),
        pytest.param(
            "single", "disabled", False, True, False, True, STOP, id="single: a stranger's disabled"
        ),
        pytest.param("double", "disabled", False, True, True, False, NONE, id="double: trusted disabled"),
        pytest.param(
            "double", "disabled", False, True, False, True, STOP, id="double: a stranger's disabled"
        ),
        pytest.param("double", "disabled", False, None, False, None, NONE, id="double: nothing to disable"),
    ],
)
async def test_the_state_machine_asks_by_mail_where_the_persons_word_is_wanted(
    store: Store,
    make: EventMaker,
    mode: NewsletterMode,
    word: Newsletter | None,
    form: bool,
    before: bool | None,
    trusted: bool,
    agreed: bool | None,
    mails: list[tuple[str, str]],
) -> None:
    """contracts/synerise-sdk.md section 7.3, for a person who is known already."""
    known = ProfileUpdate(email=ANN, newsletter=None if before is None else "enabled")
    store.save_workspace(newsletter_mode="single")
    await store.append([make("client.createOrUpdate", uuid="x", profile=known, trusted=True)])
    if before is False:
        await store.append([make("client.createOrUpdate", uuid="x", profile=wish("disabled"), trusted=True)])
    store.save_workspace(newsletter_mode=mode)
    await store.append([make("form.submit", uuid="y", profile=wish(word, form=form), trusted=trusted)])
    assert ann(store).agreements.get("email") is agreed
    assert mailed(store) == mails


class TestALink:
    """What a mailed link does, and how often."""

    @pytest.fixture(autouse=True)
    async def asked(self, store: Store, make: EventMaker) -> None:
        store.save_workspace(newsletter_mode="double")
        await store.append([make("form.submit", profile=wish("confirmation"))])

    async def test_confirms_once_with_its_events(self, store: Store, make: EventMaker) -> None:
        [mail] = store.mails()
        assert ann(store).agreements == {}
        assert settle(store, make, mail, True)
        assert ann(store).agreements == {"email": True}
        assert ann(store).attributes == {"newsletter_agreement_enabled": "enabled"}
        assert ann(store).pending == {}
        assert happened(store, make)[-2:] == ["newsletter.confirmSubscribe", "marketingAgreement.turnOn"]
        turned = store.events(make.source.source_id, action="marketingAgreement.turnOn")
        assert [(event.params, event.profile_id) for event in turned] == [({"agreement": "email"}, 1)]
        before = happened(store, make)
        assert not settle(store, make, mail, True)
        assert happened(store, make) == before

    @pytest.mark.parametrize(
        "changes",
        [
            pytest.param({"nonce": "0" * 32}, id="another wish"),
            pytest.param({"address": "0" * 32}, id="another address"),
        ],
    )
    async def test_does_nothing_else(self, store: Store, make: EventMaker, changes: dict[str, str]) -> None:
        [mail] = store.mails()
        assert not settle(store, make, mail, True, **changes)
        assert not settle(store, make, mail, False)
        assert ann(store).agreements == {}

    async def test_unsubscribes_again_and_again_and_tells_so_once(
        self, store: Store, make: EventMaker
    ) -> None:
        [mail] = store.mails()
        assert settle(store, make, mail, True)
        for _ in range(3):
            assert settle(store, make, mail, False, nonce=None)
        assert ann(store).agreements == {"email": False}
        assert happened(store, make)[-2:] == ["newsletter.unsubscribe", "marketingAgreement.turnOff"]
        assert happened(store, make).count("newsletter.unsubscribe") == 1

    async def test_to_unsubscribe_ends_a_wish_that_waits(self, store: Store, make: EventMaker) -> None:
        [mail] = store.mails()
        assert settle(store, make, mail, False, nonce=None)
        assert ann(store).agreements == {"email": False}
        assert "marketingAgreement.turnOff" not in happened(store, make), "it was never on"
        assert not settle(store, make, mail, True), "what was asked for before the no"

    async def test_obeys_the_lists_of_the_source(self, store: Store, make: EventMaker) -> None:
        [mail] = store.mails()
        assert settle(store, make.under(block=("newsletter.*",)), mail, True)
        assert ann(store).agreements == {"email": True}
        assert happened(store, make)[-1] == "marketingAgreement.turnOn"
        assert "newsletter.confirmSubscribe" not in happened(store, make)

    async def test_confirms_no_browser(self, store: Store, make: EventMaker) -> None:
        await store.append([make("form.submit", uuid="stranger", profile=wish("enabled"))])
        assert settle(store, make, store.mails()[0], True)
        assert [(claim.uuid, claim.state) for claim in ann(store).claims] == [("stranger", "open")]
        assert ann(store).uuids == ["browser-1"]

    async def test_goes_on_to_hold_when_the_same_is_asked_again(self, store: Store, make: EventMaker) -> None:
        [mail] = store.mails()
        await store.append([make("form.submit", minute=5, profile=wish("enabled"))])
        assert len(store.mails()) == 1
        assert settle(store, make, mail, True)


async def test_an_address_gets_one_mail_an_hour_and_three_a_day(store: Store, make: EventMaker) -> None:
    store.save_workspace(newsletter_mode="double")
    for minute in (0, 0.01, 59, 61, 62, 130, 200, 1000, 24 * HOUR + 1):
        email = ANN.upper() if minute == 62 else ANN
        browser = f"b{minute}"
        await store.append([make("form.submit", uuid=browser, minute=minute, profile=wish("enabled", email))])
    asked = [(mail.created_ms - NOON) // MINUTE for mail in reversed(store.mails())]
    assert asked == [0, 61, 130, 24 * HOUR + 1]
    assert ann(store).pending == {"email": "enabled"}


async def test_where_emails_are_shared_the_limit_is_the_addresss(store: Store, make: EventMaker) -> None:
    store.save_workspace(newsletter_mode="double", unique_emails=False)
    for number in range(5):
        update = msgspec.structs.replace(wish("enabled"), custom_id=f"c-{number}")
        await store.append([make("form.submit", uuid=f"b{number}", profile=update)])
    assert mailed(store) == CONFIRM


async def test_a_flood_of_addresses_makes_only_so_many_mails(
    store: Store, make: EventMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opt_in, "MAX_WAITING", 3)
    store.save_workspace(newsletter_mode="double")
    for number in range(5):
        typed = wish("enabled", f"a{number}@shop.example")
        await store.append([make("form.submit", uuid=f"b{number}", profile=typed)])
    assert len(store.mails()) == 3
    last = store.find_profile("email", "a4@shop.example")
    assert last is not None
    assert last.pending == {"email": "enabled"}


async def test_an_erased_address_is_not_written_to_and_its_mails_are_gone(
    store: Store, make: EventMaker
) -> None:
    store.save_workspace(newsletter_mode="double")
    await store.append([make("form.submit", profile=wish("enabled"))])
    store.add_mail("account.exists", ANN.title(), {}, source=make.source.number, profile_id=None)
    assert [mail.kind for mail in store.mails_of(ann(store).client_id)] == [
        "newsletter.confirm",
        "account.exists",
    ]
    store.erase_person(ann(store).client_id, actor="ada")
    assert store.mails() == []
    await store.append([make("form.submit", uuid="new", minute=120, profile=wish("enabled"))])
    assert store.mails() == []


async def test_a_wish_without_an_address_asks_nobody(store: Store, make: EventMaker) -> None:
    store.save_workspace(newsletter_mode="double")
    await store.append([make("form.submit", profile=wish("enabled", None))])
    assert store.mails() == []


def test_the_outbox_hands_out_what_is_due_and_forgets_what_is_done(store: Store, make: EventMaker) -> None:
    for number in range(3):
        store.add_mail("account.exists", f"A{number}@x.example", {"n": number}, source=1, profile_id=None)
    now_ms = store.mails()[0].created_ms + 1
    first, second, third = store.due_mails(now_ms)
    assert (first.recipient, first.data) == ("A0@x.example", {"n": 0})
    store.mail_done(first.number, sent_ms=now_ms, next_try_ms=None, problem="")
    store.mail_done(second.number, sent_ms=None, next_try_ms=now_ms + 5, problem="later")
    store.mail_done(third.number, sent_ms=None, next_try_ms=None, problem="never")
    assert store.due_mails(now_ms) == []
    assert [(mail.recipient, mail.tries) for mail in store.due_mails(now_ms + 5)] == [("A1@x.example", 1)]
    assert store.retry_mail(third.number, now_ms)
    assert not store.retry_mail(first.number, now_ms), "it was sent"
    assert [mail.number for mail in store.mails(before=third.number)] == [second.number, first.number]
    assert store.forget_mails(now_ms) == 1
    assert [mail.number for mail in store.mails()] == [third.number, second.number]


async def test_an_outright_no_ends_what_was_asked_of_a_merged_profile_too(
    store: Store, make: EventMaker
) -> None:
    store.save_workspace(newsletter_mode="double")
    await store.append([make("form.submit", uuid="b-1", profile=wish("enabled"))])
    await store.append([make("form.submit", uuid="b-2", profile=wish("enabled", None))])
    source_id, target = ann(store).client_id, store.find_profile("uuid", "b-2")
    assert target is not None
    store.merge_profiles([source_id], target.client_id, cause="test")
    no = ProfileChange(client_id=target.client_id, agreements={"email": False})
    change(store, make.source, [no], NOON, actor="key:shop")
    [mail] = store.mails()
    assert not settle(store, make, mail, True)
    assert store.profile(target.client_id) == store.profile(source_id)
    assert ann(store).agreements == {"email": False}
