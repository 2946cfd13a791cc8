"""The web pages for the people who own the sources.

Server-rendered, so that they are quick, work without script, and need no exception in their
Content-Security-Policy. Script only makes them live.
"""

from starlette.routing import BaseRoute, Route

from collector.admin import (
    audit,
    definitions,
    install,
    keys,
    live,
    mails,
    outcomes,
    policy,
    policy_history,
    policy_try,
    quarantine,
    settings,
    sources,
    tokens,
    visitors,
    workspace,
)
from collector.admin.context import AdminContext, Attribution
from collector.admin.guard import Page, not_found
from collector.admin.pages import Pages
from collector.admin.sign_in import SignInPage, change_password, password_page, sign_out

__all__ = ["AdminContext", "Attribution", "admin_routes"]


def admin_routes(context: AdminContext) -> list[BaseRoute]:
    """Return the routes of the admin pages, to be mounted at /admin."""
    pages = Pages(context)
    source = "/sources/{source_id}"
    return [
        Route("/", Page(pages, get=sources.index)),
        Route("/sign-in", SignInPage(pages)),
        Route("/sign-out", Page(pages, post=sign_out)),
        Route("/password", Page(pages, get=password_page, post=change_password)),
        Route("/sources/new", Page(pages, get=sources.new_source, post=sources.create)),
        Route(source, Page(pages, get=sources.home)),
        Route(f"{source}/live", Page(pages, get=live.live_page)),
        Route(f"{source}/live/rows", Page(pages, get=live.new_rows, fragment=True)),
        Route(f"{source}/events/{{seq}}", Page(pages, get=live.event_page)),
        Route(f"{source}/install", Page(pages, get=install.install_page)),
        Route(f"{source}/install/status", Page(pages, get=install.install_status, fragment=True)),
        Route(f"{source}/install/freeze", Page(pages, post=install.freeze_tag)),
        Route(f"{source}/settings", Page(pages, get=settings.settings_page, post=settings.save)),
        *_privacy_routes(pages, f"{source}/privacy"),
        *_token_routes(pages, f"{source}/tokens"),
        Route(f"{source}/outcomes", Page(pages, get=outcomes.outcomes_page)),
        Route(f"{source}/rejected", Page(pages, get=outcomes.rejected)),
        *_quarantine_routes(pages, f"{source}/quarantine"),
        *_visitor_routes(pages),
        Route("/definitions", Page(pages, get=definitions.definitions_page)),
        Route("/workspace", Page(pages, get=workspace.workspace_page, post=workspace.save)),
        Route("/keys", Page(pages, get=keys.keys_page, post=keys.create_key)),
        Route("/keys/{key_id}/revoke", Page(pages, post=keys.revoke_key)),
        Route("/mails", Page(pages, get=mails.mails_page)),
        Route("/mails/{number}/try", Page(pages, post=mails.try_again)),
        Route("/audit", Page(pages, get=audit.audit_page)),
        Route("/people", Page(pages, get=workspace.people)),
        Route("/{path:path}", Page(pages, get=not_found)),
    ]


def _privacy_routes(pages: Pages, path: str) -> list[BaseRoute]:
    size = policy.FORM_BYTES
    shadow = Page(pages, get=policy_try.shadow_page, post=policy_try.start_shadow, form_bytes=size)
    version = Page(pages, get=policy_history.version_page, post=policy_history.return_to)
    return [
        Route(path, Page(pages, get=policy.policy_page, post=policy.save, form_bytes=size)),
        Route(f"{path}/try", Page(pages, get=policy.policy_page, post=policy_try.try_page, form_bytes=size)),
        Route(f"{path}/shadow", shadow),
        Route(f"{path}/history", Page(pages, get=policy_history.history_page)),
        Route(f"{path}/history/{{version}}", version),
    ]


def _quarantine_routes(pages: Pages, path: str) -> list[BaseRoute]:
    record = Page(pages, get=quarantine.record_page, post=quarantine.act_on_record)
    return [
        Route(path, Page(pages, get=quarantine.quarantine_page, post=quarantine.act_on_cause)),
        Route(f"{path}/{{number}}", record),
    ]


def _token_routes(pages: Pages, path: str) -> list[BaseRoute]:
    return [
        Route(path, Page(pages, get=tokens.tokens_page, post=tokens.add_key)),
        Route(f"{path}/check", Page(pages, get=tokens.tokens_page, post=tokens.check_token)),
        Route(f"{path}/{{key_id}}/revoke", Page(pages, post=tokens.revoke_key)),
    ]


def _visitor_routes(pages: Pages) -> list[BaseRoute]:
    visitor = "/visitors/{client_id}"
    return [
        Route("/visitors", Page(pages, get=visitors.search_page, post=visitors.search)),
        Route("/visitors/receipt", Page(pages, get=visitors.receipt_page, post=visitors.check_receipt)),
        Route(visitor, Page(pages, get=visitors.visitor_page)),
        Route(f"{visitor}/undo", Page(pages, post=visitors.undo_merge)),
        Route(f"{visitor}/export", Page(pages, post=visitors.download)),
        Route(f"{visitor}/erase", Page(pages, get=visitors.erase_page, post=visitors.erase_visitor)),
    ]
