"""Admission: which origins a source takes events from, and what a strict source asks proof for."""

from typing import Any

import pytest

from collector.admit import admit
from collector.model.outcome import Reason
from collector.model.policy import Policy, Trust
from collector.model.source import Settings
from collector.privacy.rules import rules_of
from tests.pipeline.make import make_beacon, make_raw, make_source, rejection

SHOP = "https://shop.example"


def _reason(
    *,
    action: Any = "page.visit",
    origins: tuple[str, ...] = (),
    trust: Trust = "standard",
    enabled: bool = True,
    **beacon: Any,
) -> Reason | None:
    """Why the event is refused, None when it is let in."""
    source = make_source(settings=Settings(origins=origins), policy=Policy(trust=trust), enabled=enabled)
    rejected = rejection(admit, make_raw(action), make_beacon(**beacon), source, rules_of(source.policy))
    return rejected.reason if rejected else None


@pytest.mark.parametrize(
    ("origins", "origin", "trusted", "expected"),
    [
        pytest.param((), None, False, None, id="none listed, none sent"),
        pytest.param((), "null", False, None, id="none listed, a file"),
        pytest.param((), "https://anyone.example", False, None, id="none listed, anyone"),
        pytest.param((SHOP,), SHOP, False, None, id="the one listed"),
        pytest.param(("https://a.example", SHOP), SHOP, False, None, id="one of two listed"),
        pytest.param(("null",), "null", False, None, id="files are listed"),
        pytest.param((SHOP,), None, True, None, id="no origin, with a key"),
        pytest.param((SHOP,), "https://anyone.example", True, None, id="foreign origin, with a key"),
        pytest.param((SHOP,), None, False, Reason.ORIGIN_NOT_ALLOWED, id="no origin, without a key"),
        pytest.param((SHOP,), "null", False, Reason.ORIGIN_NOT_ALLOWED, id="a file is not listed"),
        pytest.param((SHOP,), "", False, Reason.ORIGIN_NOT_ALLOWED, id="empty"),
        pytest.param((SHOP,), "https://evil.example", False, Reason.ORIGIN_NOT_ALLOWED, id="foreign"),
        pytest.param((SHOP,), "http://shop.example", False, Reason.ORIGIN_NOT_ALLOWED, id="other scheme"),
        pytest.param((SHOP,), f"{SHOP}:8443", False, Reason.ORIGIN_NOT_ALLOWED, id="other port"),
        pytest.param((SHOP,), f"{SHOP}.evil.example", False, Reason.ORIGIN_NOT_ALLOWED, id="longer host"),
        pytest.param((SHOP,), "https://www.shop.example", False, Reason.ORIGIN_NOT_ALLOWED, id="subdomain"),
    ],
)
def test_origin_rule(
    origins: tuple[str, ...], origin: str | None, trusted: bool, expected: Reason | None
) -> None:
    assert _reason(origins=origins, origin=origin, trusted=trusted) is expected


@pytest.mark.parametrize("trusted", [False, True])
def test_a_source_that_is_switched_off_takes_nothing(trusted: bool) -> None:
    assert _reason(enabled=False, trusted=trusted) is Reason.SOURCE_DISABLED


@pytest.mark.parametrize(
    ("origin", "expected"),
    [(None, None), (SHOP, None), ("https://evil.example", Reason.ORIGIN_NOT_ALLOWED)],
)
@pytest.mark.parametrize("trusted", [False, True])
def test_a_token_of_ours_needs_no_origin_but_never_a_foreign_one(
    origin: str | None, expected: Reason | None, trusted: bool
) -> None:
    assert _reason(origins=(SHOP,), origin=origin, trusted=trusted, signed_in=True) is expected


@pytest.mark.parametrize(
    ("trust", "action", "trusted", "expected"),
    [
        pytest.param("strict", "form.submit", False, Reason.NOT_AUTHORISED, id="strict, a form"),
        pytest.param("strict", "client.createOrUpdate", False, Reason.NOT_AUTHORISED, id="strict, a client"),
        pytest.param("strict", "form.submit", True, None, id="strict, a form with a key"),
        pytest.param("strict", "page.visit", False, None, id="strict, a visit"),
        pytest.param("standard", "form.submit", False, None, id="standard, a form"),
        pytest.param("trusting", "client.createOrUpdate", False, None, id="trusting, a client"),
    ],
)
def test_strict_source_asks_proof_for_form_data(
    trust: Trust, action: str, trusted: bool, expected: Reason | None
) -> None:
    assert _reason(trust=trust, action=action, trusted=trusted) is expected


@pytest.mark.parametrize("action", [None, 7, ["form.submit"], {"form.submit": 1}])
def test_strict_source_is_not_upset_by_an_action_that_is_no_text(action: object) -> None:
    """Whether it is a valid action is for normalise to say."""
    assert _reason(trust="strict", action=action) is None
