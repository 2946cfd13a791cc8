"""The outbox: which mails wait, were sent or were given up, and why."""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from collector.admin.display import Moment, moment, zone
from collector.admin.guard import AdminRequest
from collector.model.mail import Mail, MailKind

PAGE_SIZE = 100

KINDS: dict[MailKind, str] = {
    "newsletter.confirm": "Confirm the newsletter",
    "newsletter.stop": "Stop the newsletter",
    "account.activate": "Activate an account",
    "account.exists": "There is an account already",
}
"""What each mail asks or tells."""


def mails_page(page: AdminRequest) -> Response:
    """Show the newest mails, or with `before` those older than one."""
    context, now_ms = page.context, page.context.now_ms()
    shown_in = zone(context.store.workspace().time_zone)
    before = _number(page.query("before"))
    mails = context.store.mails(before=before, limit=PAGE_SIZE + 1)
    shown = mails[:PAGE_SIZE]
    names = {source.number: source.name for source in context.store.sources()}

    def time(ms: int | None) -> Moment | None:
        return None if ms is None else moment(ms, now_ms, shown_in)

    return page.render(
        "mails.html",
        mails=[
            (mail, KINDS[mail.kind], names.get(mail.source, ""), _state(mail), time(mail.created_ms))
            for mail in shown
        ],
        time=time,
        server=context.mail_server,
        link_url=context.link_url,
        links_stay_here=context.base_url is None,
        is_first=before is None,
        older_than=shown[-1].number if len(mails) > PAGE_SIZE else None,
        tried=page.query("tried") == "1",
    )


def try_again(page: AdminRequest) -> Response:
    """Let a mail be tried now."""
    number = _number(page.request.path_params["number"])
    if number is None or not page.context.store.retry_mail(number, page.context.now_ms()):
        raise HTTPException(404)
    return page.go("/mails?tried=1")


def _state(mail: Mail) -> str:
    if mail.sent_ms is not None:
        return "sent"
    return "given up" if mail.next_try_ms is None else "waiting"


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
