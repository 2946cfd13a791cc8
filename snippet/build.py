"""The tag of one source: only the modules that it uses, minified and compressed.

Every site gets a script of its own, so a feature that is off costs no byte. The same settings give
the same bytes, in any process: they are their own cache key, and their hash is the ETag.
"""

import json
from typing import Any, get_args

import msgspec
from msgspec.structs import replace

from collector.model.policy import Policy
from collector.model.source import Facade, Interaction, Source, TagSettings, Trigger
from collector.wire.segment.actions import OF_EVENT
from snippet.compile import BuiltTag, compile_script, render
from snippet.hashed import called, hashed_lists, lists_of
from snippet.module import read_module
from snippet.order import START_ORDER as START_ORDER

_ALWAYS_CALLABLE = ("track", "rescan")
"""What a page may call whatever its source carries; other methods come with their modules."""


def build_tag(source: Source, path: str = "/t/") -> BuiltTag:
    """Compile the tag of a source. Takes some 50 ms the first time; then it is remembered.

    `path`: of the folder that it is served from, where a vendor's own script path stands for ours.
    """
    names = module_names(source)
    config = _config(source, names)
    if path != "/t/":
        own = source.settings.tag.path or f"../b/{source.source_id}"
        up = "../" * (path.count("/") - 1)
        config["beacon"] = _behind_script(own if own.startswith("/") else f"{up}t/{own}")
    return _compile("tag.js.j2", names, config)


def with_facade(source: Source, facade: Facade) -> Source:
    """The source with the page API of this vendor besides those that its owner chose."""
    tag = source.settings.tag
    if facade in tag.facades:
        return source
    settings = replace(source.settings, tag=replace(tag, facades=(*tag.facades, facade)))
    return replace(source, settings=settings)


def build_module(source: Source, base_url: str) -> str:
    """Compile the same as an ES module, to be bundled: it knows the collector by `base_url`.

    Anybody may ask for it under any name of the host: so nothing of it is kept, and all that takes
    time is the tag's own.
    """
    names = module_names(source)
    config = _config(source, names)
    # A bundle has no address that the beacon's could be behind.
    del config["beacon"]
    methods = [method for method in config["api"] if method != "debug"]
    address = {
        "url": f"{base_url}/b/{source.source_id}",
        "script": f"{base_url}/t/{source.source_id}.js",
    }
    return render("tag.mjs.j2", names, {**config, **address, "api": methods})


def build_types(source: Source) -> str:
    """Write the TypeScript types of that module."""
    return render("tag.d.mts.j2", (), {"api": _config(source, module_names(source))["api"]})


def build_debug(source: Source) -> BuiltTag:
    """Compile what `tagwell.debug()` loads into a page of this source."""
    names = module_names(source)
    config = _config(source, names)
    return debug_script(config["name"], config["key"], names)


def debug_script(name: str, key: str, modules: tuple[str, ...]) -> BuiltTag:
    """Compile the debug script of the tag that is `window[name][key]` and carries these modules."""
    return _compile("debug.js.j2", ("debug",), {"name": name, "key": key, "modules": modules})


def page_methods() -> tuple[str, ...]:
    """Everything that a page may call, whatever one source has switched on."""
    methods = (method for name in START_ORDER for method in read_module(name).methods)
    return tuple(dict.fromkeys((*_ALWAYS_CALLABLE, *methods)))


def module_names(source: Source) -> tuple[str, ...]:
    """The modules that a source's tag carries: what is on and has something to do, and what that needs."""
    tag, policy = source.settings.tag, source.policy
    wanted = {"core", "visitor", *(name for name, on in msgspec.structs.asdict(tag.modules).items() if on)}
    wanted.update(tag.facades)
    if _tell_views(tag):
        wanted -= {"page_visits", "single_page"}
    if "synerise" in tag.facades:
        # Of a single-page app it tells the views itself; the first one it does not.
        wanted.discard("single_page")
    # Sessions are made by the collector, from what the visitor's id tells.
    wanted.discard("sessions")
    wanted.add("delivery" if "delivery" in wanted else "direct")
    wanted.add("storage" if tag.device_storage else "cookieless")
    if "lists" in wanted:
        wanted.remove("lists")
        wanted |= lists_of(policy, asks=_asks(policy)).keys()
    if "device" in wanted:
        wanted.remove("device")
        wanted |= _device(policy)
    if not policy.keep_referrer:
        wanted.add("no_referrer")
    if _asks(policy):
        wanted.add("consent")
    if policy.categories:
        wanted.add("consent_categories")
    if "consent" in wanted:
        wanted |= {f"consent_{name}" for name in ("google", "tcf") if getattr(tag.consent, name)}
    wanted |= {wish for wish in ("global_privacy_control", "do_not_track") if getattr(policy, wish)}
    if tag.auto_events:
        wanted.add("auto_events")
    if not (tag.domains and tag.device_storage):
        wanted.discard("cross_domain")
    if "page_visits" not in wanted:
        wanted.discard("single_page")
    if "triggers" in wanted:
        wanted.remove("triggers")
        wanted.update(trigger.interaction for trigger in tag.triggers)
    pending = list(wanted)
    while pending:
        needs = set(read_module(pending.pop()).needs) - wanted
        wanted |= needs
        pending += needs
    if "cookieless" in wanted:
        wanted -= {"storage", "forget", "visitor"}
    return tuple(sorted(wanted, key=START_ORDER.index))


def _device(policy: Policy) -> set[str]:
    """The module that tells of the device what the policy keeps."""
    kept = {(True, True): "device", (True, False): "device_screen", (False, True): "device_language"}
    name = kept.get((policy.keep_screen, policy.keep_language))
    return {name} if name else set()


def _aliases(tag: TagSettings) -> dict[str, str]:
    """Our actions by the names that pages of its facades have for them."""
    return OF_EVENT if "segment" in tag.facades else {}


def _asks(policy: Policy) -> bool:
    """Whether the policy wants to hear of the visitor's decision, whatever the owner chose for the tag."""
    return policy.consent != "none" or bool(policy.categories)


def _consent(tag: TagSettings, policy: Policy) -> dict[str, Any]:
    """What holds until the visitor decides, and whether the collector is told of each decision.

    What they decided on an earlier page stands, unless a platform tells each page anew.
    """
    own = tag.consent.until if tag.modules.consent else "granted"
    until = {"opt-in": "wait", "opt-out": "granted"}.get(policy.consent, own)
    switches = {
        "evidence": tag.consent.evidence or _asks(policy),
        "remember": not (tag.consent.google or tag.consent.tcf),
    }
    return {"until": until} | {name: True for name, on in switches.items() if on}


def _behind_script(path: str) -> str:
    """A path relative to the script, as what is put behind the script's own address; the browser resolves it.

    From the root: no address has so many folders, and what is too many counts for nothing.
    """
    return "/.." * 30 + path if path.startswith("/") else f"/../{path}"


def _config(source: Source, names: tuple[str, ...]) -> dict[str, Any]:
    """What the script is told; the shape is Config in tag.d.ts."""
    tag, policy = source.settings.tag, source.policy
    methods = dict.fromkeys((*_ALWAYS_CALLABLE, *(m for name in names for m in read_module(name).methods)))
    key = source.source_id[:8]
    config: dict[str, Any] = {
        "api": list(methods),
        "beacon": _behind_script(tag.path or f"../b/{source.source_id}"),
        "key": key,
        "name": tag.name,
    }
    if tag.facades:
        config["facades"] = list(tag.facades)
    own: dict[str, Any] = {
        "lists": {"allow": (), "block": ()},
        **hashed_lists(policy, key, asks=_asks(policy), aliases=_aliases(tag)),
        "auto_events": msgspec.to_builtins(tag.auto_events),
        "triggers": _triggers(tag.triggers if tag.modules.triggers else (), names),
        "single_page": tag.single_page.ignored,
        "consent": _consent(tag, policy),
        "consent_categories": [
            (category.name, category.actions + called(category.actions, _aliases(tag)))
            for category in policy.categories
        ],
        "consent_tcf": tag.consent.purposes,
        "site_search": tag.search_params,
        "cross_domain": tag.domains,
        "synerise_page": tag.modules.page_visits + (tag.modules.page_visits and not _tell_views(tag)),
        "tracardi": {name: getattr(policy, f"keep_{name}") for name in ("language", "referrer", "screen")},
    }
    return config | {name: own[name] for name in names if name in own}


def _tell_views(tag: TagSettings) -> bool:
    """Whether the source's pages call a vendor that has them tell their views."""
    return not {"segment", "tracardi"}.isdisjoint(tag.facades)


def _triggers(triggers: tuple[Trigger, ...], names: tuple[str, ...]) -> dict[str, list[dict[str, Any]]]:
    """The triggers by interaction, without what is as usual: each costs its bytes in every page."""
    usual = {"params": {}, "percent": 10, "seconds": 0}
    # A page API may add to those that it needs.
    built: dict[str, list[dict[str, Any]]] = {name: [] for name in names if name in get_args(Interaction)}
    for trigger in triggers:
        fields: dict[str, Any] = msgspec.to_builtins(trigger)
        built[fields.pop("interaction")].append(
            {name: value for name, value in fields.items() if name not in usual or value != usual[name]}
        )
    return built


def _compile(template: str, names: tuple[str, ...], config: dict[str, Any]) -> BuiltTag:
    return compile_script(template, names, json.dumps(config, sort_keys=True))
