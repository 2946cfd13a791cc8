"""What people type into settings: right values in the form we store, wrong ones with a mend."""

from typing import Any

import pytest

from collector.admin.values import (
    check_action,
    check_minutes,
    check_origin,
    check_params,
    check_rule,
    check_trigger_tag,
)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        pytest.param("https://shop.example", "https://shop.example", id="as a browser writes it"),
        pytest.param("HTTPS://Shop.Example/", "https://shop.example", id="capitals and a final slash"),
        pytest.param("https://shop.example:443", "https://shop.example", id="https's own port"),
        pytest.param("http://shop.example:80", "http://shop.example", id="http's own port"),
        pytest.param("http://localhost:8080", "http://localhost:8080", id="another port"),
        pytest.param("http://[2001:DB8::1]:8080", "http://[2001:db8::1]:8080", id="an IPv6 address"),
        pytest.param("https://łódź.example", "https://xn--d-uga0v4h.example", id="letters beyond ASCII"),
        pytest.param("null", "null", id="a file"),
        pytest.param("capacitor://localhost", "capacitor://localhost", id="an app"),
    ],
)
def test_an_origin_is_stored_as_browsers_send_it(typed: str, stored: str) -> None:
    assert check_origin(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("shop.example", id="no scheme"),
        pytest.param("https://", id="no host"),
        pytest.param("https://shop.example/path", id="a path"),
        pytest.param("https://shop.example?x=1", id="a query"),
        pytest.param("https://user@shop.example", id="a user"),
        pytest.param("https://shop.example:99999", id="no such port"),
        pytest.param("https://*.shop.example", id="a star"),
        pytest.param("https://shop.example https://b.example", id="two on a line"),
        pytest.param("https://[2001:db8::zz]", id="a broken IPv6 address"),
        pytest.param("javascript:alert(1)", id="a script"),
        pytest.param("https://" + "a" * 64 + ".example", id="a label too long for a host"),
    ],
)
def test_what_is_no_origin_is_refused_with_its_value_and_a_mend(typed: str) -> None:
    with pytest.raises(ValueError, match=r"https://shop\.example\.$") as complaint:
        check_origin(typed)
    assert typed[:40] in str(complaint.value)


@pytest.mark.parametrize("rule", ["page.visit", "product.*", "*", "Order Completed", "żółw", "a" * 255])
def test_a_rule_is_an_action_or_a_prefix(rule: str) -> None:
    assert check_rule(rule) == rule


@pytest.mark.parametrize("rule", ["pro*", "*.visit", "a.*.b", "a" * 256, "a\x07b", "**"])
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(ValueError, match="not a rule"):
        check_rule(rule)


@pytest.mark.parametrize("action", ["a", "page.visit", "A-b_c.9", "x" * 32, "  padded  "])
def test_an_action_keeps_its_rule(action: str) -> None:
    assert check_action(action) == action.strip()


@pytest.mark.parametrize("action", ["", "two words", "x" * 33, "ünder", "a\nb", "<b>"])
def test_what_is_no_action_is_refused(action: str) -> None:
    with pytest.raises(ValueError, match="action"):
        check_action(action)


@pytest.mark.parametrize(
    ("typed", "params"),
    [
        pytest.param("", {}, id="nothing"),
        pytest.param(" \n ", {}, id="blanks"),
        pytest.param('{"a": [1, {"b": null}]}', {"a": [1, {"b": None}]}, id="nested"),
    ],
)
def test_params_are_a_json_object(typed: str, params: dict[str, Any]) -> None:
    assert check_params(typed) == params


@pytest.mark.parametrize(
    "typed",
    ["[]", "1", '"text"', "{", "{'a': 1}", '{"a": NaN}', '{"a":' * 1500, '{"a":"\\ud800"}', " " + "9" * 9000],
)
def test_what_is_no_object_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"JSON|characters"):
        check_params(typed)


@pytest.mark.parametrize(("typed", "minutes"), [("1", 1), (" 30 ", 30), ("1440", 1440)])
def test_minutes_of_a_session(typed: str, minutes: int) -> None:
    assert check_minutes(typed) == minutes


@pytest.mark.parametrize("typed", ["", "0", "1441", "-5", "1.5", "1e2", "٣", "9" * 5000])
def test_what_is_no_length_of_a_session_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="1 to 1440"):
        check_minutes(typed)


def test_a_trigger_needs_its_tag() -> None:
    assert check_trigger_tag(" buy now ") == "buy now"
    for wrong in ("", "x" * 129, "a\x00"):
        with pytest.raises(ValueError, match="tag"):
            check_trigger_tag(wrong)
