"""A key pair that our own tokens are signed with."""

import msgspec


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """RS256. `private_pem` is encrypted under the server's secret key; `created_ms` since the epoch, UTC."""

    id: str
    private_pem: str
    public_pem: str
    created_ms: int
