"""An honest request made hostile: its method, target, headers or body replaced by what few mean."""

import gzip
import zlib
from functools import cache
from random import Random
from urllib.parse import quote_from_bytes

from tests.fuzz.hostile import BEFORE, INSIDE, LITERALS, TEXTS
from tests.fuzz.requests import Header, Request

METHODS = (
    *(b"GET", b"POST", b"PUT", b"DELETE", b"HEAD", b"OPTIONS", b"PATCH", b"TRACE", b"CONNECT", b"PROPFIND"),
    *(b"get", b"QUERY", b"M-SEARCH", b"PURGE", b"SOURCE"),
)
SEGMENTS = (
    *("..", "%2e%2e", "%2E%2E%2F", "..%2f..%2fetc%2fpasswd", "%00", "%0d%0aSet-Cookie:%20a=b", "%ff", "%"),
    *("%zz", ".", "%252e%252e", "\\..\\..", "%5c..%5c", ";a=b", "a;b", "a.", "%20", "+", "~", "*", "é"),
    *("%c3%a9", "%ed%a0%80", "%E2%80%AE", "%F0%9F%98%80", "a" * 300, "a" * 9_000, "0", "-1", "9" * 30),
    *("1e3", "%31", "{x}", "[", "%5b", "@", "null", "9223372036854775807", "9223372036854775808"),
    *("9007199254740993", "1_0", "%D9%A1", "undefined", "index.html", ".git", "%2Fadmin", "http:%2f%2fa"),
    *("x" * 128, "..;", "...", "con", "%u0041"),
)
NAMES = (
    *(b"before", b"after", b"action", b"cause", b"period", b"undone", b"returned", b"saved", b"frozen"),
    *(b"next", b"t", b"token", b"facade", b"debug", b"limit", b"from", b"to", b"timeFrom", b"timeTo"),
    *(b"writeKey", b"query", b"email", b"label", b"uuid", b"id", b"time", b"profile_less", b"sort"),
    *(b"page", b"search", b"deletedProfileId", b"kind"),
)
"""Fields of queries that something here reads, and some that nothing does."""

QUERIES = (
    *(b"", b"?", b"link", b"&&&=", b"a", b"a=%ff&b=%00", b"%ed%a0%80=1", b"a[]=1&a[b]=2", b"a=1&a=2"),
    *(b"t=" + b"x" * 9_000, b"=" * 300, b"&".join(b"k%d=1" % n for n in range(2_000))),
    *(b"next=//evil.example", b"writeKey=x&writeKey=y", b"limit=1e9&from=-1", b"limit=" + b"9" * 5_000),
    *(b"timeFrom=NaN&timeTo=x", b"t=a.b.c", b"q=%F0%9F%98%80&page=-1", b"\xff\xfe", b"a=\xc3\xa9"),
    *(b"a=1#b", b"before=9999999999999999999999", b"action=%00&since=2026-02-30", b"utm_source=%"),
)
TYPES = (
    *(b"application/json", b"text/plain", b"application/x-www-form-urlencoded"),
    *(b"multipart/form-data; boundary=b", b"multipart/form-data"),
    *(b"multipart/form-data; boundary=" + b"b" * 500, b"application/json; charset=utf-16", b""),
    *(b"application/json; charset=\xff", b";;;", b"text/html", b"multipart/form-data; boundary=\xff"),
    *(b"a" * 4_000, b"application/x-www-form-urlencoded; charset=nonsense", b"multipart/mixed; boundary=b"),
    b"APPLICATION/JSON",
)
ENCODED = (
    *(b"gzip", b"deflate", b"br", b"zstd", b"identity", b"gzip, gzip", b"compress", b"x-gzip", b"GZIP"),
    *(b"\xff", b""),
)
HOSTS = (
    *(b"", b"[", b"[::1", b"a:b", b"a:99999999", b"\xff", b"a b", b"a/b", b"a@b", b"a, b", b"//a"),
    *(b"x" * 5_000, b"a\x00b", b"\xe2\x84\x80", b"evil.example", b"[::1]:80", b"1.2.3.4:0", b"..", b"a#b"),
    *(b"a?b", b"%00"),
)
AUTHORISED = (
    *(b"Bearer", b"Bearer ", b"Bearer \xff", b"Bearer a.b.c", b"Bearer " + b"x" * 20_000, b"Basic"),
    *(b"Basic =", b"Basic \xff", b"Basic Og==", b"Basic /w=="),
    *(b"Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", b"Digest a", b"bearer\tx", b"", b"Bearer a b"),
    *(b"Bearer eyJhbGciOiJIUzI1NiIsImtpZCI6IlwwIn0.e30.AA", b"Bearer W10.W10.W10", b"Bearer e30.bnVsbA."),
    b"Basic w4PDqTo=",
)
ORIGINS = (
    *(b"null", b"http://[", b"http://\xff", b"http://\xe2\x84\x80", b"https://shop.example", b"//", b""),
    *(b"http://a:x", b"x" * 9_000),
)
COOKIES = (
    *(b"tagwell_admin=", b"tagwell_form=\xff", b'tagwell_form="\\012\\015\\000"', b"=; ;;="),
    *(b"a=" + b"x" * 8_000, b"a=" + b"x" * 50_000, b"; ".join(b"c%d=1" % n for n in range(1_000))),
    *(b"tagwell_admin=a.b.c", b"\x01=\x02", b'tagwell_form="\\377"', b"tagwell_admin=W10.aaaaaa.bbbbbb"),
    *(b"tagwell_form=" + b"x" * 9_000, b"$Version=1; a=b"),
)
ADDRESSES = (
    *(b"1.2.3.4", b"::1", b"[::1]:1", b"unknown", b"1.2.3.4, " * 500, b"\xff", b"1.2.3.4:99999"),
    *(b"fe80::1%x", b""),
)
_OTHERS: tuple[Header, ...] = (
    *((b"Range", b"bytes=0-"), (b"Range", b"bytes=-1,0-0," + b"1-2," * 500), (b"Range", b"bytes=9-1")),
    *((b"Range", b"lines=1"), (b"If-None-Match", b"*"), (b"If-None-Match", b'W/"\xff"')),
    *((b"If-Modified-Since", b"x"), (b"If-Range", b"\xff")),
    (b"If-Modified-Since", b"Thu, 99 Zzz 9999 99:99:99 GMT"),
    *((b"Accept-Encoding", b"br;q=x, gzip;q=\xff, *;q=9"), (b"Expect", b"100-continue")),
    *((b"Upgrade", b"websocket"), (b"Upgrade", b"h2c"), (b"Api-Version", b"4.4")),
    *((b"Api-Version", b"\xff"), (b"Sec-Fetch-Site", b"cross-site"), (b"Sec-GPC", b"1"), (b"DNT", b"x")),
    *((b"Accept", b"\xff"), (b"User-Agent", b"\xff\xfe"), (b"User-Agent", b"(" * 3_000)),
    *((b"User-Agent", b""), (b"Referer", b"http://[")),
    *((b"Referer", b"https://shop.example/" + b"a/" * 3_000), (b"Accept-Language", b"\xff" * 300)),
    *((b"TE", b"trailers"), (b"X-HTTP-Method-Override", b"DELETE"), (b"X-Timestamp", b"x")),
    *((b"X-Rewrite-Url", b"/admin/"), (b"Forwarded", b"for=\xff")),
    *((b"Access-Control-Request-Headers", b"\xff"), (b"Access-Control-Request-Method", b"x" * 3_000)),
)


VALUES: tuple[tuple[bytes, tuple[bytes, ...]], ...] = (
    *((b"Host", HOSTS), (b"Origin", ORIGINS), (b"Cookie", COOKIES), (b"X-Forwarded-For", ADDRESSES)),
    (b"Referer", tuple(text.encode("utf-8", "replace") for text in TEXTS)),
    *((name, (value,)) for name, value in _OTHERS),
)
WRONG_BODIES = (
    *(b"", b"\x00", b"[" * 10_000, b'{"a":' * 10_000, b"[1e400]", b" " * 999_999),
    b"[{}" + b",{}" * 1_000 + b"]",
)


def distorted(random: Random, honest: Request) -> Request:
    """An honest request with one to three things wrong."""
    method, target, headers, body, _ = honest
    for _ in range(random.randint(1, 3)):
        match random.randint(0, 11):
            case 0:
                method = random.choice(METHODS)
            case 1:
                target = hostile_path(random, target)
            case 2 | 3:
                path = target.partition(b"?")[0]
                target = (
                    path + b"?" + random.choice((*QUERIES, quote_from_bytes(random.choice(INSIDE)).encode()))
                )
            case 4:
                headers = replaced(headers, b"Content-Type", random.choice(TYPES))
            case 5:
                encoding = random.choice(ENCODED)
                headers = replaced(headers, b"Content-Encoding", encoding)
                body = packed(random, body, encoding)
            case 6:
                body = random.choice(WRONG_BODIES)
            case 7:
                headers = replaced(headers, b"Authorization", random.choice(AUTHORISED))
            case 8:
                headers += tuple((b"X-Flood-%d" % n, b"x" * 40) for n in range(random.choice((5, 500))))
            case _:
                name, values = random.choice(VALUES)
                headers = replaced(headers, name, random.choice(values))
    return Request(method, target, headers, body)


def hostile_query(random: Random) -> bytes:
    """A query that few mean, or some of our own fields with hostile values."""
    if one_in(random, 2):
        return random.choice(QUERIES)
    values = (*(text.encode("utf-8", "replace") for text in (*TEXTS, *LITERALS[:14])), *INSIDE)
    fields = [
        (random.choice(NAMES), quote_from_bytes(random.choice(values)[:4_000]))
        for _ in range(random.randint(1, 4))
    ]
    return b"&".join(name + b"=" + value.encode() for name, value in fields)


def replaced(headers: tuple[Header, ...], name: bytes, value: bytes) -> tuple[Header, ...]:
    """The headers with this value of one."""
    return (*(header for header in headers if header[0] != name), (name, without_ends(value)))


def hostile_path(random: Random, target: bytes) -> bytes:
    """A target with a part of its path replaced or added, or in another writing."""
    path, mark, query = target.decode("latin-1").partition("?")
    parts = path.split("/")
    match random.randint(0, 7):
        case 0:
            parts[random.randint(1, len(parts)) :] = [random.choice(SEGMENTS)]
        case 1:
            parts.insert(random.randint(1, len(parts)), random.choice(SEGMENTS))
        case 2:
            parts[-1] += random.choice(SEGMENTS)
        case 3:
            parts[-1] = random.choice(SEGMENTS)
        case 4:
            parts.insert(1, "")
        case 5:
            parts.append("")
        case 6:
            parts[1:] = ["".join(f"%{byte:02x}" for byte in path[1:].encode())]
        case _:
            parts = ["http:", "", "other.example", *parts[1:]]
    return ("/".join(parts) + mark + query).encode()


def one_in(random: Random, count: int) -> bool:
    """True once in so many times."""
    return random.randrange(count) == 0


def without_ends(value: bytes) -> bytes:
    """A header's value: what ends a line would make another request of this one."""
    return value.translate(None, b"\r\n\x00")


def packed(random: Random, body: bytes, encoding: bytes) -> bytes:
    """A body as its encoding says, cut, nested, of another encoding, or one that unpacks to much more."""
    good = zlib.compress(body) if encoding == b"deflate" else gzip.compress(body, 1)
    match random.randint(0, 6):
        case 0:
            return good[: len(good) // 2]
        case 1:
            return gzip.compress(good, 1)
        case 2:
            return good + random.choice((*BEFORE, good))
        case 3:
            return body
        case 4:
            return bomb(random.choice((2_000_000, 800_000_000, 10_000_000_000)))
        case _:
            return good


@cache
def bomb(size: int) -> bytes:
    """A gzip body that unpacks to so many spaces, a thousand times as long; its end is missing, as nobody
    is to get there."""
    packer = zlib.compressobj(9, wbits=16 + zlib.MAX_WBITS)
    head = packer.flush(zlib.Z_FULL_FLUSH)
    # After a full flush the same bytes pack to the same bytes.
    piece = packer.compress(b" " * 1_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + piece * (size // 1_000_000)
