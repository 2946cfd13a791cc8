"""Server settings: flag over variable over default; mistakes are told as an operator reads them."""

from pathlib import Path
from typing import Any

import pytest

from collector.config import SETTINGS, Config, load_config
from collector.errors import OperatorError

SECRET = "hunter2"


def test_defaults_are_those_of_the_table() -> None:
    config = load_config({}, {})
    assert {s.name: getattr(config, s.name) for s in SETTINGS} == {s.name: s.default for s in SETTINGS}


def test_table_and_config_name_the_same_settings() -> None:
    assert [s.name for s in SETTINGS] == list(Config.__struct_fields__)


@pytest.mark.parametrize(
    ("flags", "environment", "port"),
    [
        pytest.param({}, {}, 8000, id="default"),
        pytest.param({}, {"TAGWELL_PORT": "9000"}, 9000, id="variable"),
        pytest.param({"port": 9001}, {"TAGWELL_PORT": "9000"}, 9001, id="flag wins"),
        pytest.param({"port": 0}, {"TAGWELL_PORT": "9000"}, 0, id="flag of zero wins"),
        pytest.param({"port": None}, {"TAGWELL_PORT": "9000"}, 9000, id="flag not given"),
        pytest.param({}, {"TAGWELL_PORT": ""}, 8000, id="empty variable is none"),
        pytest.param({}, {"PORT": "9000"}, 8000, id="another variable"),
    ],
)
def test_flag_wins_over_variable_over_default(
    flags: dict[str, Any], environment: dict[str, str], port: int
) -> None:
    assert load_config(flags, environment).port == port


@pytest.mark.parametrize("text", ["on", "1", "true", "YES"])
def test_switch_is_on(text: str) -> None:
    assert load_config({}, {"TAGWELL_DEMO": text}).demo


@pytest.mark.parametrize("text", ["off", "0", "False", "no"])
def test_switch_is_off(text: str) -> None:
    assert not load_config({}, {"TAGWELL_DEMO": text}).demo


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        pytest.param({"TAGWELL_PORT": "http"}, ["TAGWELL_PORT", "'http'", "whole number"], id="port, a word"),
        pytest.param({"TAGWELL_PORT": "65536"}, ["TAGWELL_PORT", "65536", "0 to 65535"], id="port too large"),
        pytest.param({"TAGWELL_PORT": "-1"}, ["TAGWELL_PORT", "-1"], id="port below zero"),
        pytest.param({"TAGWELL_WORKERS": "0"}, ["TAGWELL_WORKERS", "0", "1 to 64"], id="no workers"),
        pytest.param(
            {"TAGWELL_ADDRESS_LIMIT": "-1"}, ["TAGWELL_ADDRESS_LIMIT", "-1"], id="address limit below nothing"
        ),
        pytest.param({"TAGWELL_DEMO": "maybe"}, ["TAGWELL_DEMO", "'maybe'", "on or off"], id="switch"),
        pytest.param(
            {"TAGWELL_TRUSTED_PROXIES": "10.0.0.0/8, proxy.example"},
            ["TAGWELL_TRUSTED_PROXIES", "'proxy.example'", "10.0.0.0/8"],
            id="proxy by name",
        ),
        pytest.param(
            {"TAGWELL_TRUSTED_PROXIES": "10.0.0.1/8"},
            ["TAGWELL_TRUSTED_PROXIES", "10.0.0.1/8"],
            id="host bits",
        ),
        pytest.param(
            {"TAGWELL_LOCAL_ADDRESS": "home"}, ["TAGWELL_LOCAL_ADDRESS", "'home'"], id="local address"
        ),
        pytest.param({"TAGWELL_GEO_DB": "/nowhere.mmdb"}, ["TAGWELL_GEO_DB", "/nowhere.mmdb"], id="geo file"),
        pytest.param(
            {"TAGWELL_PUBLIC_URL": "tags.shop.example"}, ["TAGWELL_PUBLIC_URL", "https://"], id="no scheme"
        ),
        pytest.param({"TAGWELL_STORE": "tagwell.db"}, ["TAGWELL_STORE", "sqlite:///"], id="store, a path"),
        pytest.param(
            {"TAGWELL_STORE": "sqlite://"}, ["TAGWELL_STORE", "sqlite:///"], id="store without a path"
        ),
        pytest.param(
            {"TAGWELL_STORE": "mysql://h/db"}, ["TAGWELL_STORE", "'mysql://h/db'"], id="another engine"
        ),
        pytest.param(
            {"TAGWELL_STORE": "postgresql://h"}, ["TAGWELL_STORE"], id="postgresql without a database"
        ),
        pytest.param(
            {"TAGWELL_SMTP_URL": "mail.shop.example:587", "TAGWELL_MAIL_FROM": "news@shop.example"},
            ["TAGWELL_SMTP_URL", "smtp://USER"],
            id="a mail server without a scheme",
        ),
        pytest.param(
            {"TAGWELL_SMTP_URL": "smtp://mail.shop.example"},
            ["TAGWELL_SMTP_URL", "TAGWELL_MAIL_FROM", "Shop <news@shop.example>"],
            id="mails from nobody",
        ),
        pytest.param(
            {"TAGWELL_MAIL_FROM": "Shop"}, ["TAGWELL_MAIL_FROM", "'Shop'"], id="a sender without an address"
        ),
        pytest.param(
            {"TAGWELL_MAIL_FROM": "a@shop.example, b@shop.example"}, ["TAGWELL_MAIL_FROM"], id="two senders"
        ),
    ],
)
def test_mistake_names_the_setting_its_value_and_the_mend(
    environment: dict[str, str], told: list[str]
) -> None:
    with pytest.raises(OperatorError) as error:
        load_config({}, environment)
    for part in told:
        assert part in str(error.value)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param(f"mysql://ada:{SECRET}@h/db", id="another engine"),
        pytest.param(f"postgresql://ada:{SECRET}@h", id="no database"),
        pytest.param(f"postgresql://ada:{SECRET}@h:port/db", id="port is a word"),
        pytest.param(f"postgres//ada:{SECRET}@h/db", id="no URL at all"),
    ],
)
def test_mistake_in_a_store_url_never_shows_its_password(url: str) -> None:
    with pytest.raises(OperatorError) as error:
        load_config({"store": url}, {})
    assert "TAGWELL_STORE" in str(error.value)
    assert SECRET not in str(error.value)


@pytest.mark.parametrize(
    "url",
    [
        f"http://ada:{SECRET}@h",
        f"smtp://ada:{SECRET}@h:99999",
        f"smtp://ada:{SECRET}",
        f"smtp://ada:{SECRET}/x@h",
        f"smtp://h?password={SECRET}",
        f"smtp//ada:{SECRET}@h",
    ],
)
def test_mistake_in_a_mail_server_never_shows_its_password(url: str) -> None:
    with pytest.raises(OperatorError) as error:
        load_config({"smtp_url": url, "mail_from": "news@shop.example"}, {})
    assert "TAGWELL_SMTP_URL" in str(error.value)
    assert SECRET not in str(error.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.shop.example", ("mail.shop.example", 587, "demanded", "", "")),
        ("smtp://ada:p%40s%2Fs@h:2525", ("h", 2525, "demanded", "ada", "p@s/s")),
        ("smtps://ada:x@h", ("h", 465, "from the start", "ada", "x")),
        ("smtp://localhost:25", ("localhost", 25, "where offered", "", "")),
        ("smtp://[::1]:25", ("::1", 25, "where offered", "", "")),
        ("smtp://10.0.0.5:25/?tls=optional", ("10.0.0.5", 25, "where offered", "", "")),
    ],
)
def test_a_mail_server_is_encrypted_to_unless_it_is_this_machine_or_said_otherwise(
    url: str, expected: tuple[str, int, str, str, str]
) -> None:
    server = load_config({"smtp_url": url, "mail_from": "Shop <news@shop.example>"}, {}).mail_server
    assert server is not None
    assert (server.host, server.port, server.encryption, server.user, server.password) == expected


def test_sqlite_in_memory_is_refused_as_it_would_forget_acknowledged_events() -> None:
    with pytest.raises(OperatorError):
        load_config({"store": "sqlite:///:memory:"}, {})


def test_store_is_shown_without_its_password() -> None:
    shown = load_config({"store": f"postgresql://ada:{SECRET}@h/db"}, {}).store_shown
    assert SECRET not in shown
    assert "ada" in shown


def test_what_belongs_to_the_store_lies_beside_its_file(tmp_path: Path) -> None:
    config = load_config({"store": f"sqlite:///{tmp_path}/tagwell.db"}, {})
    assert config.data_folder == tmp_path
    assert config.secret_path == tmp_path / "tagwell.secret"
    assert config.geo_path == tmp_path / "geo"
    assert Config(geo_folder="/var/geo").geo_path == Path("/var/geo")


def test_networks_of_the_proxies() -> None:
    config = load_config({}, {"TAGWELL_TRUSTED_PROXIES": " 127.0.0.1,, 10.0.0.0/8 , 2001:db8::/32"})
    assert [str(n) for n in config.proxy_networks] == ["127.0.0.1/32", "10.0.0.0/8", "2001:db8::/32"]
