"""The part of an SQL store under profiles, merges and tags: each call in a transaction of its own."""

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager

from sqlalchemy import Connection

from collector.model.change import ChangeResult, StoredChange
from collector.model.client import Client
from collector.model.definition import Catalogue, Definition
from collector.model.event import EventRecord
from collector.model.merge import Merge
from collector.model.profile import Profile
from collector.model.tag import Tag
from collector.store import client_events, definitions, merges, profile_changes, profile_list, tags, unmerging


class ProfileApiSql(ABC):
    """Implements a part of `api_interface.ApiStore`."""

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Connection]: ...

    @abstractmethod
    def _writing(self) -> AbstractContextManager[Connection]: ...

    def change_profiles(
        self, changes: Sequence[StoredChange], *, create: bool = True, actor: str = ""
    ) -> list[ChangeResult]:
        with self._writing() as connection:
            return profile_changes.change_profiles(connection, changes, create=create, actor=actor)

    def find_clients(self, clients: Sequence[Client]) -> list[Profile | None]:
        with self._reading() as connection:
            return profile_list.find_clients(connection, clients)

    def list_profiles(
        self,
        *,
        filters: dict[str, str | bool] | None = None,
        search: str = "",
        sort_by: str = "",
        descending: bool = False,
        offset: int = 0,
        limit: int = 25,
    ) -> tuple[list[Profile], int]:
        with self._reading() as connection:
            return profile_list.list_profiles(
                connection,
                filters=filters,
                search=search,
                sort_by=sort_by,
                descending=descending,
                offset=offset,
                limit=limit,
            )

    def profile_by_phone(self, phone: str) -> Profile | None:
        with self._reading() as connection:
            return profile_list.profile_by_phone(connection, phone)

    def merge_profiles(self, source_ids: Sequence[int], target_id: int, *, cause: str) -> Profile:
        with self._writing() as connection:
            return merges.merge_profiles(connection, source_ids, target_id, cause=cause)

    def merges_of(self, client_id: int, *, limit: int = 100) -> list[Merge]:
        with self._reading() as connection:
            return unmerging.merges_of(connection, client_id, limit)

    def undo_merge(self, merge_id: str, *, actor: str) -> tuple[int, int]:
        with self._writing() as connection:
            return unmerging.undo_merge(connection, merge_id, actor=actor)

    def tags(self) -> list[Tag]:
        with self._reading() as connection:
            return tags.tags(connection)

    def tag(self, tag_id: int) -> Tag | None:
        with self._reading() as connection:
            return tags.tag(connection, tag_id)

    def add_tag(self, name: str, color: str) -> Tag:
        with self._writing() as connection:
            return tags.add_tag(connection, name, color)

    def set_tag_color(self, tag_id: int, color: str) -> Tag | None:
        with self._writing() as connection:
            return tags.set_tag_color(connection, tag_id, color)

    def remove_tag(self, tag_id: int) -> bool:
        after: int | None = 0
        while after is not None:  # in pieces, each in a transaction of its own
            with self._writing() as connection:
                after = tags.take_away(connection, tag_id, after)
        with self._writing() as connection:
            return tags.remove_tag(connection, tag_id)

    def tags_of(self, client_id: int) -> list[Tag] | None:
        with self._reading() as connection:
            return tags.tags_of(connection, client_id)

    def events_of(
        self,
        client_id: int,
        *,
        source_id: str | None = None,
        from_ms: int | None = None,
        to_ms: int | None = None,
        action: str | None = None,
        limit: int = 100,
    ) -> list[EventRecord]:
        with self._reading() as connection:
            return client_events.events_of(
                connection,
                client_id,
                source_id=source_id,
                from_ms=from_ms,
                to_ms=to_ms,
                action=action,
                limit=limit,
            )

    def define_events(self, pause_s: float = 0) -> bool:
        step = self._read_on()
        for _ in range(definitions.PIECES - 1):
            if not step.full:
                break
            time.sleep(pause_s)
            step = self._read_on(step)
        if step.until > step.after:
            with self._writing() as connection:
                definitions.keep(connection, step)
        return step.full

    def _read_on(self, before: definitions.Step | None = None) -> definitions.Step:
        with self._reading() as connection:  # the longer half, which needs no lock
            return definitions.read_on(connection, before)

    def define_all_events(self, within_s: float = 2.0) -> None:
        deadline = time.monotonic() + within_s
        while self.define_events() and time.monotonic() < deadline:
            pass

    def catalogue(self) -> Catalogue:
        with self._reading() as connection:
            return definitions.catalogue(connection)

    def definition(self, action: str) -> Definition | None:
        with self._reading() as connection:
            return definitions.definition(connection, action)
