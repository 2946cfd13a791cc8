"""Server settings: one table of name, type, default and help.

Each is an environment variable `TAGWELL_<NAME>`; a flag of the command wins over it.
"""

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from collector.errors import OperatorError
from collector.model.mail_server import MailServer, read_mail_server, read_sender, shown_url

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Setting(NamedTuple):
    """One row of the table."""

    name: str
    kind: type
    default: Any
    help: str


SETTINGS: tuple[Setting, ...] = (
    Setting("store", str, "sqlite:///tagwell.db", "Where the data lies: sqlite:///PATH or postgresql://..."),
    Setting("min_free_mb", int, 64, "Free disk space below which /readyz says 503, in MB"),
    Setting("host", str, "127.0.0.1", "Address to listen on"),
    Setting("port", int, 8000, "Port to listen on; 0 takes a free one"),
    Setting("workers", int, 1, "Worker processes"),
    Setting("demo", bool, False, "Serve the demo shop at /demo/"),
    Setting("public_url", str, "", "The address visitors reach the collector at, when a proxy hides it"),
    Setting("trusted_proxies", str, "", "Networks whose X-Forwarded-For is believed, by commas"),
    Setting(
        "address_limit",
        int,
        0,
        "Requests a minute that one address may send events and API calls by; 0: any number",
    ),
    Setting("geo_db", str, "", "A MaxMind city or country database (.mmdb) to use instead of ours"),
    Setting("geo_folder", str, "", "Folder of downloaded geo databases (default: geo, beside the store)"),
    Setting("local_address", str, "", "Address to look up in place of a loopback or private one"),
    Setting("smtp_url", str, "", "Server that mails are sent by: smtp://USER:PASSWORD@HOST:587"),
    Setting("mail_from", str, "", "Whom mails come from: Shop <news@shop.example>"),
    Setting("secret_key", str, "", "Signs cookies and links (default: made and kept beside the store)"),
)


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one server, checked. The fields are those of SETTINGS."""

    store: str = "sqlite:///tagwell.db"
    min_free_mb: int = 64
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    demo: bool = False
    public_url: str = ""
    trusted_proxies: str = ""
    address_limit: int = 0
    geo_db: str = ""
    geo_folder: str = ""
    local_address: str = ""
    smtp_url: str = ""
    mail_from: str = ""
    secret_key: str = ""

    @property
    def store_shown(self) -> str:
        """Where the data lies, as an operator may read it: without a password."""
        url = make_url(self.store)
        if url.drivername == "sqlite":
            return str(Path(url.database or "").resolve())
        return url.render_as_string(hide_password=True)

    @property
    def base_url(self) -> str:
        """The address that links in mails begin with: the public one, else the one listened on."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url.rstrip("/") or f"http://{host}:{self.port}"

    @property
    def data_folder(self) -> Path:
        """Where the secret and the geo databases lie: beside the store's file, else in the working folder."""
        url = make_url(self.store)
        return Path(url.database or "").resolve().parent if url.drivername == "sqlite" else Path.cwd()

    @property
    def geo_path(self) -> Path:
        """The folder of downloaded geo databases."""
        return Path(self.geo_folder) if self.geo_folder else self.data_folder / "geo"

    @property
    def secret_path(self) -> Path:
        """Where the server's secret is kept when no setting gives it."""
        return self.data_folder / "tagwell.secret"

    @property
    def mail_server(self) -> MailServer | None:
        """The server that mails are sent by; None: they wait."""
        return read_mail_server(self.smtp_url) if self.smtp_url else None

    @property
    def proxy_networks(self) -> tuple[Network, ...]:
        """The networks of `trusted_proxies`."""
        return tuple(ipaddress.ip_network(part) for part in split_list(self.trusted_proxies))


def split_list(text: str) -> list[str]:
    """Split a list written with commas; empty parts and blanks are dropped."""
    return [part.strip() for part in text.split(",") if part.strip()]


def load_config(flags: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Config:
    """Return the settings: flags that are not None, then TAGWELL_* variables, then the defaults.

    Raises OperatorError that names the setting, its value and the mend.
    """
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        variable = f"TAGWELL_{setting.name.upper()}"
        if flags.get(setting.name) is not None:
            values[setting.name] = flags[setting.name]
        elif environment.get(variable):
            values[setting.name] = _parse(setting, variable, environment[variable])
    config = Config(**values)
    _check(config)
    return config


def _parse(setting: Setting, variable: str, text: str) -> Any:
    if setting.kind is bool:
        if text.lower() in ("1", "true", "on", "yes"):
            return True
        if text.lower() in ("0", "false", "off", "no"):
            return False
        raise OperatorError(f"{variable} is {text!r}. Use on or off.")
    if setting.kind is int:
        try:
            return int(text)
        except ValueError:
            raise OperatorError(f"{variable} is {text!r}. Use a whole number.") from None
    return text


def _check(config: Config) -> None:
    check_store_url(config.store)
    if not 0 <= config.port <= 65535:
        raise OperatorError(f"TAGWELL_PORT is {config.port}. Use 0 to 65535.")
    if not 1 <= config.workers <= 64:
        raise OperatorError(f"TAGWELL_WORKERS is {config.workers}. Use 1 to 64.")
    if config.address_limit < 0:
        raise OperatorError(
            f"TAGWELL_ADDRESS_LIMIT is {config.address_limit}. Use a number of requests a minute; 0 is any."
        )
    if config.min_free_mb < 0:
        raise OperatorError(f"TAGWELL_MIN_FREE_MB is {config.min_free_mb}. Use 0 or more.")
    for part in split_list(config.trusted_proxies):
        try:
            ipaddress.ip_network(part)
        except ValueError:
            raise OperatorError(
                f"TAGWELL_TRUSTED_PROXIES holds {part!r}, which is not a network. "
                'Use addresses or networks, by commas: "127.0.0.1,10.0.0.0/8".'
            ) from None
    if config.local_address:
        try:
            ipaddress.ip_address(config.local_address)
        except ValueError:
            raise OperatorError(
                f"TAGWELL_LOCAL_ADDRESS is {config.local_address!r}. Use an address such as 9.9.9.9."
            ) from None
    if config.geo_db and not Path(config.geo_db).is_file():
        raise OperatorError(f"TAGWELL_GEO_DB is {config.geo_db!r}, and there is no such file.")
    if config.public_url and not config.public_url.startswith(("http://", "https://")):
        raise OperatorError(
            f"TAGWELL_PUBLIC_URL is {config.public_url!r}. Begin it with https:// or http://."
        )
    _check_mail(config)


def _check_mail(config: Config) -> None:
    if config.smtp_url:
        try:
            read_mail_server(config.smtp_url)
        except ValueError as problem:
            raise OperatorError(
                f"TAGWELL_SMTP_URL is {shown_url(config.smtp_url)!r}: {problem}. "
                'Use "smtp://USER:PASSWORD@HOST:587", or smtps:// for TLS from the start.'
            ) from None
        if not config.mail_from:
            raise OperatorError(
                "TAGWELL_SMTP_URL is set and TAGWELL_MAIL_FROM is not, so that mails would come from nobody. "
                'Set it to an address that this mail server may send for: "Shop <news@shop.example>".'
            )
    if config.mail_from:
        try:
            read_sender(config.mail_from)
        except ValueError as problem:
            raise OperatorError(
                f"TAGWELL_MAIL_FROM is {config.mail_from!r}: {problem}. "
                'Use "news@shop.example" or "Shop <news@shop.example>".'
            ) from None


def check_store_url(url: str) -> None:
    """Raise OperatorError unless this names a store that this release can open."""
    try:
        driver = make_url(url).drivername
    except (ArgumentError, ValueError):
        driver = ""
    # In memory an acknowledged event would not be on disk.
    if driver not in ("sqlite", "postgresql") or make_url(url).database in (None, "", ":memory:"):
        shown = make_url(url).render_as_string(hide_password=True) if driver else url.split("@")[-1]
        raise OperatorError(
            f"TAGWELL_STORE is {shown!r}, which is not a store URL. "
            'Use "sqlite:///path/to/tagwell.db" or "postgresql://user@host/database".'
        )
