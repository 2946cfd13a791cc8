"""Visitors: found without leaving a trace in an address, shown, exported, erased with a receipt."""

import asyncio
import json
import re
from html import unescape

import pytest
from sqlalchemy import insert

from collector.model.profile import ProfileUpdate
from collector.model.source import Source
from collector.store import Store
from collector.store.privacy_tables import consents
from collector.store.sql import SqlStore
from tests.admin.browser import Browser, text_of
from tests.store.events import NOON, EventMaker

ANN = "ann@shop.example"
HOSTILE = "<script>alert(1)</script>\"' \u202e"


async def _fill(store: Store, make: EventMaker) -> None:
    update = ProfileUpdate(
        email=ANN,
        custom_id=f"c {HOSTILE}",
        fields={"firstName": HOSTILE, "phone": "600500400"},
        attributes={HOSTILE: HOSTILE},
        tags=(HOSTILE,),
        newsletter="enabled",
    )
    await store.append([make(HOSTILE[:30], uuid=HOSTILE[:30])])
    await store.append([make("form.submit", uuid="laptop", profile=update, params={"email": ANN})])
    await store.append([make("form.submit", uuid=HOSTILE[:30], profile=ProfileUpdate(email=ANN))])
    await store.append([make(uuid="laptop") for _ in range(40)])


@pytest.fixture(autouse=True)
def ann(store: Store, source: Source) -> int:
    """Ann's client id; she, her consent and who claims to be her are in the store."""
    asyncio.run(_fill(store, EventMaker(source)))
    assert isinstance(store, SqlStore)
    with store._writing() as connection:
        connection.execute(
            insert(consents).values(
                source=source.number,
                event_id="e",
                uuid="laptop",
                decision=json.dumps({"granted": True, "categories": {HOSTILE: False}}),
                method=HOSTILE,
                text_version="v3",
                policy_version=1,
                time_ms=NOON,
                received_ms=NOON,
            )
        )
    found = store.find_profile("email", ANN)
    assert found is not None
    return found.client_id


def receipt_in(page: str) -> str:
    found = re.search(r'<textarea id="receipt"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found
    return unescape(found[1])


@pytest.mark.parametrize("identifier", [ANN.upper(), "600 500 400", f"c {HOSTILE}", "laptop", "2"])
def test_whoever_is_found_alone_is_shown(admin: Browser, ann: int, identifier: str) -> None:
    response = admin.send_form("/visitors", {"identifier": identifier})
    assert response.status_code == 303
    assert response.headers["location"] == f"/admin/visitors/{ann}", "the identifier stands in no address"


def test_several_are_listed_and_nobody_is_told(
    admin: Browser, store: Store, source: Source, ann: int
) -> None:
    other = ProfileUpdate(email="x@x.example", fields={"phone": "600-500-400"})
    asyncio.run(_append(store, source, other))
    page = admin.send_form("/visitors", {"identifier": "600500400"})
    assert page.status_code == 200
    assert f'href="/admin/visitors/{ann}"' in page.text
    assert "x@x.example" in page.text
    nobody = admin.send_form("/visitors", {"identifier": f"x{HOSTILE}"})
    assert "<script>alert" not in nobody.text
    assert "Nobody is known as" in text_of(nobody)
    assert admin.send_form("/visitors", {"identifier": "  "}).status_code == 422


async def _append(store: Store, source: Source, profile: ProfileUpdate) -> None:
    await store.append([EventMaker(source)("form.submit", id="other", uuid="other", profile=profile)])


def test_the_page_shows_what_is_held_and_runs_nothing_of_it(admin: Browser, ann: int) -> None:
    page = admin.get(f"/visitors/{ann}")
    text = text_of(page)
    assert "<script>alert" not in page.text
    for shown in ("Browsers 1", "Events 42", "Sessions 1", "Decisions about consent 1", ANN, "600500400"):
        assert shown in text
    assert "without proof" in text
    assert page.text.count("/events/") == 20, "the newest events, each with its page"
    assert 'aria-current="page">Visitors' in page.text


@pytest.mark.parametrize(
    ("form", "kind"), [("json", "application/json"), ("html", "text/html; charset=utf-8")]
)
def test_the_export_is_a_download_that_nothing_keeps(
    admin: Browser, store: Store, ann: int, form: str, kind: str
) -> None:
    token = admin.token(f"/visitors/{ann}")
    response = admin.post(f"/visitors/{ann}/export", {"csrf": token, "format": form})
    assert response.status_code == 200
    assert response.headers["content-type"] == kind
    assert response.headers["content-disposition"] == f'attachment; filename="visitor-{ann}.{form}"'
    assert response.headers["cache-control"] == "no-store"
    assert ANN in response.text
    [line] = [line for line in store.audit() if line.action.startswith("profile.")]
    assert (line.actor, line.action, line.subject, line.detail) == ("ada", "profile.export", str(ann), form)


def test_an_export_or_erasure_needs_the_form_s_own_token(admin: Browser, store: Store, ann: int) -> None:
    for path, data in (("export", {"format": "json"}), ("erase", {"confirm": str(ann)})):
        assert admin.post(f"/visitors/{ann}/{path}", data).status_code == 403
        assert admin.post(f"/visitors/{ann}/{path}", {"csrf": "x"} | data).status_code == 403
    assert admin.get(f"/visitors/{ann}/export").status_code == 405
    assert store.profile(ann) is not None
    assert not any(line.action.startswith("profile.") for line in store.audit())


def test_a_stranger_sees_none_of_it(stranger: Browser, ann: int) -> None:
    for path in ("", f"/{ann}", f"/{ann}/erase", "/receipt"):
        assert "/sign-in" in stranger.get(f"/visitors{path}").headers["location"]
    assert stranger.post(f"/visitors/{ann}/export", {"format": "json"}).status_code == 303


@pytest.mark.parametrize("typed", ["", "yes", "999", f"{ANN}"])
def test_an_erasure_wants_the_client_id_typed(admin: Browser, store: Store, ann: int, typed: str) -> None:
    page = admin.send_form(f"/visitors/{ann}/erase", {"confirm": typed})
    assert page.status_code == 422
    assert 'aria-invalid="true"' in page.text
    assert store.profile(ann) is not None


def test_an_erasure_gives_a_receipt_that_is_checked_here(admin: Browser, store: Store, ann: int) -> None:
    assert "deleted for good" in admin.get(f"/visitors/{ann}/erase").text
    done = admin.send_form(f"/visitors/{ann}/erase", {"confirm": str(ann)})
    assert done.status_code == 200
    assert store.profile(ann) is None
    assert ANN not in done.text
    receipt = receipt_in(done.text)
    assert json.loads(receipt)["erased_by"] == "ada"
    token = admin.token("/visitors/receipt")
    file = admin.post("/visitors/receipt", {"csrf": token, "receipt": receipt, "download": "on"})
    assert file.headers["content-disposition"] == f'attachment; filename="erasure-{ann}.json"'
    assert file.json() == json.loads(receipt)
    checked = admin.send_form("/visitors/receipt", {"receipt": file.text})
    assert "The receipt holds." in text_of(checked)
    forged = admin.send_form("/visitors/receipt", {"receipt": receipt.replace('"ada"', '"eve"')})
    assert forged.status_code == 422
    assert "does not hold" in text_of(forged)
    again = admin.get(f"/visitors/{ann}")
    assert again.status_code == 404
    assert "any more: whoever was has been erased on" in text_of(again)
    for identifier in (ANN, "laptop"):
        assert "has been erased on" in text_of(admin.send_form("/visitors", {"identifier": identifier}))
    late = admin.post(f"/visitors/{ann}/erase", {"csrf": token, "confirm": str(ann)})
    assert late.status_code == 404


@pytest.mark.parametrize("client_id", ["999", "abc", "-1", "9" * 40, "1.0"])
def test_who_is_not_there_is_404(admin: Browser, client_id: str) -> None:
    for path in ("", "/erase"):
        assert admin.get(f"/visitors/{client_id}{path}").status_code == 404


class TestMerges:
    @pytest.fixture
    def merged(self, store: Store, source: Source, ann: int) -> int:
        """Who was merged into Ann."""
        asyncio.run(_append(store, source, ProfileUpdate(email="x@x.example", fields={"city": HOSTILE})))
        other = store.find_profile("email", "x@x.example")
        assert other is not None
        store.merge_profiles([other.client_id], ann, cause=f"key:{HOSTILE}")
        return other.client_id

    def test_are_shown_and_undone_at_a_second_click(
        self, admin: Browser, store: Store, ann: int, merged: int
    ) -> None:
        path = f"/visitors/{ann}"
        page = admin.get(path)
        assert "<script>alert" not in page.text
        assert f"Visitor {merged} becomes what they were before." in text_of(page)
        [merge] = store.merges_of(ann)
        form = {"csrf": admin.token(path), "merge": merge.id}
        done = admin.post(f"{path}/undo", form)
        assert (done.status_code, done.headers["location"]) == (303, f"/admin{path}?undone={merged}")
        assert f"Visitor {merged} is on their own again." in text_of(admin.get(f"{path}?undone={merged}"))
        assert [one.client_id for one in (store.profile(merged), store.profile(ann)) if one] == [merged, ann]
        newest = store.audit()[0]
        assert (newest.actor, newest.action) == ("ada", "profile.undo_merge")
        again = admin.post(f"{path}/undo", form)
        assert again.status_code == 409
        assert "Nothing was undone. This merge is undone already." in text_of(again)

    def test_of_somebody_else_are_not_undone_from_here(
        self, admin: Browser, store: Store, ann: int, merged: int
    ) -> None:
        stranger = store.find_profile("uuid", HOSTILE[:30])
        assert stranger is not None
        path = f"/visitors/{stranger.client_id}"
        form = {"csrf": admin.token(path), "merge": store.merges_of(ann)[0].id}
        assert admin.post(f"{path}/undo", form).status_code == 404
        assert admin.post(f"/visitors/{ann}/undo", {"merge": form["merge"]}).status_code == 403
        assert store.profile(merged) == store.profile(ann)
