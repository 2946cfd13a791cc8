"""Events that follow from a kept one: session.start, session.end, an agreement turned on or off."""

import uuid as uuids

from collector.model.event import Derive, EventRecord, Params, StoredEvent
from collector.model.outcome import Rejected
from collector.model.source import Source
from collector.privacy.consent import may_follow
from collector.privacy.judge import judge_action
from collector.privacy.keep import INHERITED, kept_own_params, kept_told
from collector.privacy.rules import rules_of


def derive_from(cause: EventRecord, source: Source) -> Derive:
    """Return what makes events that follow from a stored one, under the policy now in force."""
    context = {name: cause.context[name] for name in INHERITED if name in cause.context}
    kept = kept_told(context, source.policy)
    return deriving(source, cause.id, cause.received_ms, cause.uuid, kept)


def deriving(
    source: Source, cause_id: str, received_ms: int, uuid: str | None, cause_context: Params
) -> Derive:
    """Return what makes events that follow from an event with this kept context."""
    return _Deriving(source, cause_id, received_ms, uuid, cause_context)


class _Deriving:
    # No closure: one that names itself is a cycle, left to the garbage collector at every event.
    __slots__ = ("_cause_context", "_cause_id", "_received_ms", "_source", "_uuid")

    def __init__(
        self, source: Source, cause_id: str, received_ms: int, uuid: str | None, cause_context: Params
    ) -> None:
        self._source = source
        self._cause_id = cause_id
        self._received_ms = received_ms
        self._uuid = uuid
        self._cause_context = cause_context

    def __call__(
        self, action: str, label: str, params: Params, time_ms: int, /, id: str | None = None
    ) -> StoredEvent | None:
        source, context = self._source, self._cause_context
        try:
            judge_action(action, source.policy)
        except Rejected:
            return None
        if not may_follow(action, context, source.policy):
            return None
        return StoredEvent(
            source=source.number,
            workspace=source.workspace_id,
            id=id or _derived_id(source, self._cause_id, action),
            action=action,
            label=rules_of(source.policy).texts.text(label),
            time_ms=time_ms,
            received_ms=self._received_ms,
            uuid=self._uuid,
            params=kept_own_params(action, params, source),
            context={name: context[name] for name in INHERITED if name in context},
            profile=None,
            trusted=False,
            session_ms=source.settings.session_ms,
            derive=self,
        )


def _derived_id(source: Source, cause_id: str, action: str) -> str:
    """The uuid5 of a cause, in a namespace that only we know, so that no sender can take the id first."""
    return str(uuids.uuid5(uuids.UUID(bytes=source.salt[:16]), f"{cause_id}:{action}"))
