"""What the policy does not keep of the device and the page before stays in the browser."""

import pytest
from playwright.sync_api import Page

from collector.model.policy import Policy
from collector.model.source import Modules, Settings, TagSettings
from e2e.tag.conftest import MakeSite, Sent

ALL = Settings(tag=TagSettings(modules=Modules(not_found=True, canonical=True)))


@pytest.mark.parametrize(
    ("policy", "screen", "language", "referrer"),
    [
        pytest.param(Policy(), True, True, True, id="all is kept"),
        pytest.param(Policy(keep_screen=False), False, True, True, id="no screen"),
        pytest.param(Policy(keep_language=False), True, False, True, id="no language"),
        pytest.param(
            Policy(keep_screen=False, keep_language=False, keep_referrer=False),
            False,
            False,
            False,
            id="none",
        ),
    ],
)
def test_what_is_not_kept_is_not_sent(
    page: Page,
    make_site: MakeSite,
    sent: Sent,
    page_errors: list[str],
    policy: Policy,
    screen: bool,
    language: bool,
    referrer: bool,
) -> None:
    site = make_site(policy=policy, settings=ALL)
    page.goto(site.page("<a href='?to=next'>next</a>"))
    page.click("a")
    page.wait_for_url("**to=next")
    kept = page.evaluate(
        """() => {
            const params = {size: 1, referrer: 'https://before.example/'}
            tagwell.track('dog.bark', params)
            return params
        }"""
    )
    bark = site.wait_for("dog.bark")
    assert kept == {"size": 1, "referrer": "https://before.example/"}
    assert ("screen" in bark.context, "language" in bark.context) == (screen, language)
    assert bark.params["size"] == 1
    assert ("referrer" in bark.params) is referrer
    told = sent.text()
    assert ('"screen"' in told, '"language"' in told, '"referrer"' in told) == (screen, language, referrer)
    assert page_errors == []
