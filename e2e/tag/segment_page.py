"""Pages as Segment and Customer.io have them pasted: the snippet, our host in place of theirs."""

from collector.model.event import EventRecord
from e2e.tag.conftest import Site

PATHS = {
    "segment": "/analytics.js/v1/{key}/analytics.min.js",
    "customerio": "/v1/analytics-js/snippet/{key}/analytics.min.js",
}

_METHODS = (
    "trackSubmit trackClick trackLink trackForm pageview identify reset group track ready alias debug page"
    " screen once off on addSourceMiddleware addIntegrationMiddleware setAnonymousId addDestinationMiddleware"
    " register"
)

_SNIPPET = """<script>(function () {
  var stub = window.NAME = window.NAME || []
  if (stub.initialize) return
  stub.invoked = true
  stub.methods = 'METHODS'.split(' ')
  stub.methods.forEach(function (method) {
    stub[method] = function () {
      if (window.NAME.initialized) return window.NAME[method].apply(window.NAME, arguments)
      var call = [].slice.call(arguments)
      if (/^(track|screen|alias|group|page|identify)$/.test(method)) {
        var link = document.querySelector("link[rel='canonical']")
        call.push({__t: 'bpc', c: (link && link.getAttribute('href')) || undefined, p: location.pathname,
          u: location.href, s: location.search, t: document.title, r: document.referrer})
      }
      call.unshift(method)
      stub.push(call)
      return stub
    }
  })
  stub.load = function (key, options) {
    var script = document.createElement('script')
    script.async = true
    script.setAttribute('data-global-VENDOR-analytics-key', 'NAME')
    script.src = 'ADDRESS'
    document.head.appendChild(script)
    stub._loadOptions = options
  }
  stub._writeKey = 'KEY'
  stub._cdn = 'HOST'
  stub.SNIPPET_VERSION = '5.2.1'
  stub.load('KEY', OPTIONS)
})()
CALLS</script>"""


def snippet(
    site: Site, calls: str = "", *, vendor: str = "segment", name: str = "analytics", options: str = "{}"
) -> str:
    """What such a page has in its head. `calls` stand behind it; `options` are those of its load()."""
    host = site.collector.url
    parts = {
        "NAME": name,
        "METHODS": _METHODS,
        "VENDOR": vendor,
        "ADDRESS": host + PATHS[vendor].format(key=site.id),
        "KEY": site.id,
        "HOST": host,
        "OPTIONS": options,
        "CALLS": calls,
    }
    text = _SNIPPET
    for part, value in parts.items():
        text = text.replace(part, value)
    return text


def segment_page(site: Site, calls: str = "", *, before: str = "", body: str = "", **how: str) -> str:
    """Serve a page with the snippet, and `before` ahead of it; return its URL."""
    head = f"<title>Test</title>{before}{snippet(site, calls, **how)}"
    return site.collector.page(f"<!doctype html><html><head>{head}</head><body>{body}</body></html>")


def sent_to(site: Site) -> list[EventRecord]:
    """What the pages of a site said themselves."""
    return [event for event in site.events() if not event.derived]
