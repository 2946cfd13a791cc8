"""A beacon: one request with 1..N events, as it came off the wire."""

import msgspec


class Beacon(msgspec.Struct, frozen=True, kw_only=True):
    """One request, already read and decompressed, with what the pipeline needs of its headers.

    address         the visitor's, resolved once in `receive`; "" when unknown
    origin          the Origin header; None when absent
    trusted         carries an api key that fits the source (DESIGN.md, Trust)
    signed_in       carries a token that the collector gave its sender: it needs no Origin, as an app has none
    token           a signed token in the Authorization header, "" for none
    day_salt        of the cookieless day; empty where the source keeps a uuid on the device
    received_ms     ms since the epoch, UTC, by the collector's clock
    """

    source_id: str
    dialect: str
    body: bytes
    address: str = ""
    user_agent: str = ""
    origin: str | None = None
    referer: str = ""
    global_privacy_control: bool = False
    do_not_track: bool = False
    trusted: bool = False
    signed_in: bool = False
    token: str = ""
    day_salt: bytes = b""
    received_ms: int


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """Who was there, by the word of a back end that sends the event. "" for what it does not tell."""

    address: str = ""
    user_agent: str = ""
