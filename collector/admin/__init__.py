"""The web pages for the people who own the sources.

Server-rendered, so that they are quick, work without script, and need no exception in their
Content-Security-Policy. Script only makes them live.
"""

from starlette.routing import BaseRoute, Route

from collector.admin import install, live, policy, settings, sources, workspace
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
        Route(f"{source}/privacy", Page(pages, get=policy.policy_page, post=policy.save)),
        Route(f"{source}/rejected", Page(pages, get=sources.rejected)),
        Route("/workspace", Page(pages, get=workspace.workspace_page, post=workspace.save)),
        Route("/keys", Page(pages, get=workspace.keys_page, post=workspace.create_key)),
        Route("/people", Page(pages, get=workspace.people)),
        Route("/{path:path}", Page(pages, get=not_found)),
    ]
