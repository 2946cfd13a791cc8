"""Claims of one batch, before they are written: each browser claims a profile once, and not too many do."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from collector.store.bulk import rows_in
from collector.store.tables import claims

MAX_CLAIMS = 1000
"""Most claims of one profile, as any stranger's beacon may make one. Events of later ones are stored."""

_OF_BROWSERS = select(claims.c.profile_id, claims.c.uuid).where(
    claims.c.workspace == bindparam("workspace"),
    claims.c.uuid.in_(bindparam("values", expanding=True)),
)
_COUNTS = (
    select(claims.c.profile_id, func.count().label("claims"))
    .where(claims.c.profile_id.in_(bindparam("values", expanding=True)))
    .group_by(claims.c.profile_id)
)


def unwritten_claims(
    connection: Connection, workspaces: Iterable[int], made: Mapping[tuple[int, str], dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return those claims, by profile and uuid, that are to be written."""
    uuids = [uuid for _, uuid in made]
    known = {
        (row.profile_id, row.uuid)
        for workspace in workspaces
        for row in rows_in(connection, _OF_BROWSERS, uuids, workspace=workspace)
    }
    new = {key: claim for key, claim in made.items() if key not in known}
    held = {row.profile_id: row.claims for row in rows_in(connection, _COUNTS, (i for i, _ in new))}
    kept: list[dict[str, Any]] = []
    for (profile_id, _), claim in new.items():
        held[profile_id] = held.get(profile_id, 0) + 1
        if held[profile_id] <= MAX_CLAIMS:
            kept.append(claim)
    return kept
