"""Places: real addresses are where they are, and no database, however broken, costs an event."""

import hashlib
import json
import logging
import os
import random
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.enrich.database import DB_IP, MANIFEST, Manifest, checksum
from collector.enrich.geo import SHIPPED, Geo
from tests.enrich.conftest import MakeDatabase

ADDRESS = "8.8.8.8"
GEOLITE_RECORD = {
    "country": {"iso_code": "GB", "names": {"de": "Vereinigtes Königreich", "en": "UK of a database"}},
    "subdivisions": [
        {"iso_code": "ENG", "names": {"de": "England", "en": "England"}},
        {"iso_code": "OXF", "names": {"en": "Oxfordshire"}},
    ],
    "city": {"names": {"de": "Boxford-Stadt", "en": "Boxford"}},
    "location": {"latitude": 51.75, "longitude": -1.25},
}
SHIPPED_GEO = Geo(None, Path("absent"))


def fetched(folder: Path, name: str, fetched_at: int, make: MakeDatabase, city: str) -> Path:
    """A folder as `tagwell geo update` leaves it: flat files, one per address family."""
    place = folder / name
    record = {"country_code": "PL", "state1": "Mazovia", "state2": "", "city": city}
    make(place / "city-ipv4.mmdb", {"8.8.8.0/24": record}, kind="city ipv4", ip_version=4)
    make(place / "city-ipv6.mmdb", {"2001:4860::/32": record | {"city": "Six"}}, kind="city ipv6")
    manifest = {
        "package": f"@example/{name}",
        "version": "1",
        "licence": "CC-BY-4.0",
        "attribution": "IP Geolocation by DB-IP",
        "attribution_url": "https://db-ip.com",
        "fetched": "2026-01-01T00:00:00Z",
        "checksums": {file.name: checksum(file) for file in place.glob("*.mmdb")},
    }
    (place / "database.json").write_text(json.dumps(manifest))
    os.utime(place / "database.json", (fetched_at, fetched_at))
    return place


@pytest.mark.parametrize(
    ("address", "code"),
    [
        pytest.param("8.8.8.8", "US", id="Google DNS"),
        pytest.param("9.9.9.9", "US", id="Quad9"),
        pytest.param("193.0.6.139", "NL", id="RIPE NCC"),
        pytest.param("80.80.80.80", "NL", id="Freenom DNS"),
        pytest.param("210.130.1.1", "JP", id="IIJ"),
        pytest.param("194.29.160.1", "PL", id="Warsaw University of Technology"),
        pytest.param("212.77.98.9", "PL", id="Wirtualna Polska"),
        pytest.param("195.113.144.194", "CZ", id="CESNET"),
        pytest.param("130.149.7.201", "DE", id="TU Berlin"),
        pytest.param("129.132.1.1", "CH", id="ETH Zurich"),
        pytest.param("200.160.2.3", "BR", id="NIC.br"),
        pytest.param("150.203.1.1", "AU", id="ANU Canberra"),
        pytest.param("128.112.1.1", "US", id="Princeton"),
        pytest.param("213.180.141.140", "PL", id="Onet"),
        pytest.param("83.0.0.1", "PL", id="Orange Polska's subscribers"),
        pytest.param("91.198.174.192", "NL", id="Wikimedia in Amsterdam"),
        pytest.param("185.15.59.224", "NL", id="Wikimedia in Amsterdam, its newer network"),
        pytest.param("208.80.154.224", "US", id="Wikimedia in Ashburn"),
        pytest.param("2620:0:861:ed1a::1", "US", id="Wikimedia in Ashburn, IPv6"),
        pytest.param("2a02:a310::1", "PL", id="UPC Polska's subscribers, IPv6"),
        pytest.param("2001:67c:2e8:22::c100:68b", "NL", id="RIPE NCC, IPv6"),
        pytest.param("2001:200::1", "JP", id="WIDE, IPv6"),
        pytest.param("::ffff:193.0.6.139", "NL", id="IPv4 written as IPv6"),
    ],
)
def test_the_shipped_database_knows_the_country(address: str, code: str) -> None:
    assert SHIPPED_GEO.lookup(address)["country_code"] == code


@pytest.mark.parametrize(
    ("address", "code"),
    [
        pytest.param("18.184.0.1", "DE", id="Amazon in Frankfurt"),
        pytest.param("2a05:d014::1", "DE", id="Amazon in Frankfurt, IPv6"),
        pytest.param("3.8.0.1", "GB", id="Amazon in London"),
        pytest.param("52.47.0.1", "FR", id="Amazon in Paris"),
        pytest.param("13.230.0.1", "JP", id="Amazon in Tokyo"),
        pytest.param("34.118.0.1", "PL", id="Google in Warsaw"),
        pytest.param("51.68.136.1", "PL", id="OVH in Warsaw"),
        pytest.param("95.216.1.1", "FI", id="Hetzner in Helsinki"),
        pytest.param("2a01:4f9:c010::1", "FI", id="Hetzner in Helsinki, IPv6"),
    ],
)
def test_an_address_is_where_it_is_used_not_where_its_holder_sits(address: str, code: str) -> None:
    assert SHIPPED_GEO.lookup(address)["country_code"] == code


def test_a_country_has_its_english_name_where_the_database_has_only_codes() -> None:
    assert SHIPPED_GEO.lookup("194.29.160.1") == {"country_code": "PL", "country": "Poland"}


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("::1", id="loopback, IPv6"),
        pytest.param("10.1.2.3", id="private"),
        pytest.param("::ffff:192.168.1.1", id="private, written as IPv6"),
        pytest.param("fd00::1", id="unique local"),
        pytest.param("fe80::1%eth0", id="link local with a zone"),
        pytest.param("100.64.0.1", id="carrier's own"),
        pytest.param("224.0.0.1", id="multicast"),
        pytest.param("0.0.0.0", id="unspecified"),
        pytest.param("", id="unknown"),
        pytest.param("8.8.8.8:443", id="with a port"),
        pytest.param("unix:", id="no address"),
        pytest.param("8" * 100_000, id="far too long"),
    ],
)
def test_an_address_that_is_nowhere_has_no_place(address: str) -> None:
    assert SHIPPED_GEO.lookup(address) == {}


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "192.168.1.20", "fe80::1"])
def test_with_a_local_address_a_newcomer_sees_a_place_marked_as_assumed(address: str) -> None:
    geo = Geo(None, Path("absent"), local_address="193.0.6.139")
    assert geo.lookup(address) == {"country_code": "NL", "country": "Netherlands", "assumed": True}
    assert geo.lookup("194.29.160.1") == {"country_code": "PL", "country": "Poland"}
    assert geo.lookup("100.64.0.1") == {}


@given(st.text(st.characters(), max_size=80) | st.ip_addresses().map(str))
def test_any_text_as_an_address_gives_a_place_that_can_be_stored(address: str) -> None:
    place = SHIPPED_GEO.lookup(address)
    assert msgspec.json.decode(msgspec.json.encode(place)) == place


def test_the_shipped_database_is_described_and_asks_for_attribution() -> None:
    assert SHIPPED_GEO.description.startswith("dbip-country-mmdb (countries only), built 2026-06-01, ")
    assert (SHIPPED_GEO.attribution, SHIPPED_GEO.attribution_url) == DB_IP
    assert SHIPPED_GEO.problem is None
    assert not SHIPPED_GEO.has_cities


def test_the_shipped_database_is_the_one_its_notice_names_with_its_licence_beside_it() -> None:
    manifest = msgspec.json.decode((SHIPPED / MANIFEST).read_bytes(), type=Manifest)
    notice = (SHIPPED / "NOTICE").read_text()
    assert [file.name for file in SHIPPED.glob("*.mmdb")] == ["dbip-country.mmdb"]
    assert hashlib.sha256((SHIPPED / "dbip-country.mmdb").read_bytes()).hexdigest() in notice
    assert f"{manifest.package}, version {manifest.version}" in notice
    assert manifest.licence == "CC-BY-4.0"
    licence = (SHIPPED / "DBIP-LICENSE").read_text()
    assert f"<a href='{manifest.attribution_url}'>{manifest.attribution}</a>" in licence


@pytest.mark.parametrize(
    ("address", "place"),
    [
        pytest.param("8.8.8.8", ("US", "United States", "California", "Mountain View"), id="Google DNS"),
        pytest.param("193.0.6.139", ("NL", "Netherlands", "North Holland", "Amsterdam"), id="RIPE NCC"),
        pytest.param("212.77.98.9", ("PL", "Poland", "Mazovia", "Warsaw"), id="Wirtualna Polska"),
        pytest.param("128.112.1.1", ("US", "United States", "New Jersey", "Princeton"), id="Princeton"),
        pytest.param("130.149.7.201", ("DE", "Germany", "Berlin", "Berlin"), id="TU Berlin"),
        pytest.param("2001:200::1", ("JP", "Japan", "Kanagawa", "Fujisawa"), id="WIDE, IPv6"),
    ],
)
def test_a_real_city_database_names_region_and_city_but_not_the_district(
    city_file: Path, tmp_path: Path, address: str, place: tuple[str, ...]
) -> None:
    geo = Geo(city_file, tmp_path)
    assert tuple(geo.lookup(address).values()) == place
    assert geo.has_cities
    assert (geo.attribution, geo.attribution_url) == ("IP Geolocation by DB-IP", "https://db-ip.com")


def test_a_maxmind_city_file_is_read_with_its_largest_region(
    tmp_path: Path, make_database: MakeDatabase
) -> None:
    file = make_database(tmp_path / "x.mmdb", {"8.8.8.0/24": GEOLITE_RECORD}, kind="GeoLite2-City")
    geo = Geo(file, tmp_path)
    assert geo.lookup(ADDRESS) == {
        "country_code": "GB",
        "country": "United Kingdom",
        "region": "England",
        "city": "Boxford",
    }
    assert geo.lookup("9.9.9.9") == {}
    assert geo.description.startswith("x.mmdb (cities), built ")
    assert geo.age_days == 0
    assert geo.attribution is not None
    assert "GeoLite2" in geo.attribution


def test_a_maxmind_country_file_gives_countries_only(tmp_path: Path, make_database: MakeDatabase) -> None:
    file = make_database(tmp_path / "x.mmdb", {"8.8.8.0/24": GEOLITE_RECORD}, kind="GeoIP2-Country")
    geo = Geo(file, tmp_path)
    assert geo.lookup(ADDRESS) == {"country_code": "GB", "country": "United Kingdom"}
    assert not geo.has_cities
    assert geo.attribution is None


def test_flat_files_split_by_address_family_are_one_database(
    tmp_path: Path, make_database: MakeDatabase
) -> None:
    fetched(tmp_path, "one", 1, make_database, "Warsaw (Ochota)")
    geo = Geo(None, tmp_path)
    assert geo.lookup(ADDRESS) == {
        "country_code": "PL",
        "country": "Poland",
        "region": "Mazovia",
        "city": "Warsaw",
    }
    assert geo.lookup("2001:4860:4860::8888")["city"] == "Six"
    assert geo.attribution == "IP Geolocation by DB-IP"


def test_the_newest_fetched_database_is_used(tmp_path: Path, make_database: MakeDatabase) -> None:
    fetched(tmp_path, "a-newer", 2_000_000_000, make_database, "Newer")
    fetched(tmp_path, "b-older", 1_000_000_000, make_database, "Older")
    fetched(tmp_path, ".fetch-unfinished", 2_100_000_000, make_database, "Unfinished")
    assert Geo(None, tmp_path).lookup(ADDRESS)["city"] == "Newer"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        pytest.param(None, "No such file", id="absent"),
        pytest.param(b"", "not a MaxMind DB file", id="empty"),
        pytest.param(b"<html>Sign in to download</html>", "not a MaxMind DB file", id="a web page"),
        pytest.param(b"\xab\xcd\xefMaxMind.com", "not a MaxMind DB file", id="nothing but the marker"),
    ],
)
def test_a_file_that_cannot_be_read_is_passed_over_and_named(
    tmp_path: Path, content: bytes | None, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "own.mmdb"
    if content is not None:
        file.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        geo = Geo(file, tmp_path)
        assert geo.lookup("194.29.160.1") == {"country_code": "PL", "country": "Poland"}
        assert geo.lookup("193.0.6.139")["country_code"] == "NL"
    assert geo.problem is not None
    assert str(file) in geo.problem
    assert fault in geo.problem
    assert "in use: dbip-country-mmdb" in geo.problem
    assert geo.attribution == DB_IP[0]
    assert len(caplog.records) == 1


def test_a_truncated_file_is_passed_over(tmp_path: Path) -> None:
    whole = (SHIPPED / "dbip-country.mmdb").read_bytes()
    file = tmp_path / "own.mmdb"
    file.write_bytes(whole[: len(whole) // 2])
    geo = Geo(file, tmp_path)
    assert geo.lookup("193.0.6.139")["country_code"] == "NL"
    assert geo.problem is not None


def test_a_database_of_something_else_is_passed_over(tmp_path: Path, make_database: MakeDatabase) -> None:
    record = {"autonomous_system_number": 15169}
    file = make_database(tmp_path / "x.mmdb", {"8.8.8.0/24": record}, kind="GeoLite2-ASN")
    geo = Geo(file, tmp_path)
    assert geo.lookup(ADDRESS)["country_code"] == "US"
    assert geo.problem is not None
    assert "'GeoLite2-ASN', not of cities or countries" in geo.problem


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        pytest.param("database.json", b"{", "database.json is damaged", id="manifest cut off"),
        pytest.param(
            "database.json", b'{"package": 1}', "database.json is damaged", id="manifest of a stranger"
        ),
        pytest.param("city-ipv6.mmdb", None, "cannot be read", id="file missing"),
        pytest.param("city-ipv4.mmdb", b"", "city-ipv4.mmdb is damaged", id="file emptied"),
        pytest.param("city-ipv4.mmdb", bytes(4096), "city-ipv4.mmdb is damaged", id="file of zeros"),
    ],
)
def test_a_damaged_fetched_database_is_passed_over(
    tmp_path: Path, make_database: MakeDatabase, name: str, content: bytes | None, fault: str
) -> None:
    file = fetched(tmp_path, "one", 1, make_database, "Warsaw") / name
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    geo = Geo(None, tmp_path)
    assert geo.lookup("194.29.160.1") == {"country_code": "PL", "country": "Poland"}
    assert geo.problem is not None
    assert fault in geo.problem


def test_one_changed_byte_in_a_fetched_database_is_noticed(
    tmp_path: Path, make_database: MakeDatabase
) -> None:
    file = fetched(tmp_path, "one", 1, make_database, "Warsaw") / "city-ipv4.mmdb"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    problem = Geo(None, tmp_path).problem
    assert problem is not None
    assert "its checksum is not that of database.json" in problem


def test_without_any_database_events_get_no_place(tmp_path: Path) -> None:
    geo = Geo(None, tmp_path, shipped=tmp_path / "absent")
    assert geo.lookup(ADDRESS) == {}
    assert (geo.description, geo.age_days, geo.attribution) == ("no geo database", None, None)
    assert geo.problem is not None


@pytest.mark.parametrize("kind", ["GeoLite2-City", "city ipvAll"])
def test_damage_inside_a_database_never_fails_a_lookup(
    tmp_path: Path, make_database: MakeDatabase, kind: str
) -> None:
    """400 files, each with a few bytes changed before the metadata: a place, or none, never an error."""
    records: dict[str, Any] = {
        f"{number}.8.0.0/16": GEOLITE_RECORD | {"country_code": "PL", "city_number": number}
        for number in range(1, 100)
    }
    whole = make_database(tmp_path / "whole.mmdb", records, kind=kind).read_bytes()
    chance = random.Random(7)
    seen = set()
    for _ in range(400):
        damaged = bytearray(whole)
        for _ in range(chance.choice([1, 4, 64])):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        file = tmp_path / "damaged.mmdb"
        file.write_bytes(damaged)
        geo = Geo(file, tmp_path)
        for number in range(1, 100):
            place = geo.lookup(f"{number}.8.8.8")
            assert msgspec.json.decode(msgspec.json.encode(place)) == place
        seen.add(geo.problem is None)
    assert seen == {True, False}


def test_a_fetched_database_comes_into_use_without_a_restart(
    tmp_path: Path, make_database: MakeDatabase
) -> None:
    geo = Geo(None, tmp_path / "geo")
    assert geo.lookup(ADDRESS)["country_code"] == "US"
    assert not geo.reload_if_changed()
    fetched(tmp_path / "geo", "one", 1, make_database, "Warsaw")
    assert geo.reload_if_changed()
    assert geo.lookup(ADDRESS)["city"] == "Warsaw"
    assert not geo.reload_if_changed()
    shutil.rmtree(tmp_path / "geo")
    assert geo.lookup(ADDRESS)["city"] == "Warsaw"
    assert geo.reload_if_changed()
    assert geo.lookup(ADDRESS)["country_code"] == "US"


def test_a_replaced_file_comes_into_use(tmp_path: Path, make_database: MakeDatabase) -> None:
    file = make_database(tmp_path / "x.mmdb", {"8.8.8.0/24": GEOLITE_RECORD}, kind="GeoLite2-City")
    geo = Geo(file, tmp_path)
    moved = GEOLITE_RECORD | {"city": {"names": {"en": "Elsewhere"}}}
    other = make_database(tmp_path / "y.mmdb", {"8.8.8.0/24": moved}, kind="GeoLite2-City")
    other.replace(file)
    assert geo.reload_if_changed()
    assert geo.lookup(ADDRESS)["city"] == "Elsewhere"


def test_a_file_overwritten_in_place_does_not_touch_what_is_read(
    tmp_path: Path, make_database: MakeDatabase
) -> None:
    """A mapped file that shrinks would kill the process with SIGBUS; the copy in use is our own."""
    file = make_database(tmp_path / "x.mmdb", {"8.8.8.0/24": GEOLITE_RECORD}, kind="GeoLite2-City")
    geo = Geo(file, tmp_path)
    file.write_bytes(b"")
    assert geo.lookup(ADDRESS)["city"] == "Boxford"
    assert geo.reload_if_changed()
    assert geo.lookup("8.8.8.9")["city"] == "Boxford"
    assert geo.problem is not None
    assert "in use: x.mmdb, as read before" in geo.problem
    assert [path.name for path in tmp_path.iterdir()] == ["x.mmdb"]


def test_a_mended_file_ends_the_problem(tmp_path: Path, make_database: MakeDatabase) -> None:
    geo = Geo(tmp_path / "x.mmdb", tmp_path)
    assert "cannot be read" in str(geo.problem)
    make_database(tmp_path / "x.mmdb", {"8.8.8.0/24": GEOLITE_RECORD}, kind="GeoLite2-City")
    assert geo.reload_if_changed()
    assert geo.problem is None
    assert geo.lookup(ADDRESS)["city"] == "Boxford"
