"""The lists of params and of pages on the privacy page."""

import pytest

from collector.admin.values import check_path_rule
from collector.model.source import Source
from collector.store import Store
from tests.admin.browser import Browser, text_of
from tests.admin.policy_page import send_policy


def test_all_lists_are_saved_and_shown_again(admin: Browser, store: Store, source: Source) -> None:
    path = f"/sources/{source.source_id}/privacy"
    lists = {
        "allow": "page.visit",
        "block": "debug.*",
        "allow_params": "url\r\nformData.*",
        "block_params": "formData.phone",
        "allow_paths": "/shop/*\r\n/żółw",
        "block_paths": "/account\r\n/account/*",
    }
    assert send_policy(admin, path, **{name: [text] for name, text in lists.items()}).status_code == 303
    saved = store.source(source.source_id)
    assert saved is not None
    policy = saved.policy
    assert (policy.allow, policy.block) == (("page.visit",), ("debug.*",))
    assert (policy.allow_params, policy.block_params) == (("url", "formData.*"), ("formData.phone",))
    assert policy.allow_paths == ("/shop/*", "/%C5%BC%C3%B3%C5%82w")
    assert policy.block_paths == ("/account", "/account/*")
    shown = admin.get(path).text
    for rule in ("formData.phone", "/account\n/account/*", "/%C5%BC%C3%B3%C5%82w"):
        assert rule in shown
    # What is shown is saved as it was.
    send_policy(admin, path)
    assert store.source(source.source_id) == saved


@pytest.mark.parametrize(
    ("field", "typed", "complaint"),
    [
        pytest.param("block_params", "pass*", "“pass*” is not a rule", id="a star without a dot"),
        pytest.param("allow_paths", "shop", "“shop” is not a rule for pages", id="no slash"),
        pytest.param("block_paths", "/a*", "“/a*” is not a rule for pages", id="a star without a slash"),
        pytest.param("block_paths", "/a?b=1", "without host and query", id="a query"),
        pytest.param("block_paths", "https://a.example/b", "without host and query", id="a host"),
    ],
)
def test_a_mistake_is_said_at_its_list(
    admin: Browser, store: Store, source: Source, field: str, typed: str, complaint: str
) -> None:
    path = f"/sources/{source.source_id}/privacy"
    response = send_policy(admin, path, **{field: [typed]})
    assert response.status_code == 422
    assert complaint in text_of(response)
    assert f'id="{field}-error"' in response.text
    assert typed in response.text
    assert store.source(source.source_id) == source


def test_a_path_is_kept_as_browsers_write_it() -> None:
    typed = ["/a b", "/żółw/*", "/caf%C3%A9", "*", "/a'(b)|^[c]"]
    assert [check_path_rule(path) for path in typed] == [
        *("/a%20b", "/%C5%BC%C3%B3%C5%82w/*", "/caf%C3%A9", "*", "/a'(b)|^[c]")
    ]
