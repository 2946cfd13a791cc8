"""Who changed, exported or erased what."""

import msgspec


class AuditRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the audit. `time_ms` is ms since the epoch, UTC.

    actor       a user of the pages, `command:<login>`, `key:<name>`, or a job of ours
    action      `policy.save`, `profile.erase`, `profile.export`, `retention.delete` ...
    subject     what it was done to: a source's id, a profile's client id; never a person's own data
    """

    number: int
    time_ms: int
    actor: str
    action: str
    subject: str
    detail: str
