"""The compiled tag: only what a source uses, the same bytes each time, and nothing hostile gets out of it."""

import gzip
import json
import subprocess
import sys

import brotli  # type: ignore[import-untyped]
import msgspec
import pytest

from collector.model.policy import Policy
from collector.model.source import AutoEvent, Interaction, Modules, Settings, Source, TagSettings, Trigger
from snippet.build import START_ORDER, BuiltTag, build_tag, module_names
from snippet.sizes import BASE_MODULES, measured, sample_source

OFF = Modules(**dict.fromkeys(Modules.__struct_fields__, False))
BASE = ("core", "storage", "visitor")


def only(*names: str) -> Modules:
    return msgspec.structs.replace(OFF, **dict.fromkeys(names, True))


def trigger(interaction: Interaction) -> Trigger:
    return Trigger(tag="product", interaction=interaction, action="a")


def config_of(tag: BuiltTag) -> dict[str, object]:
    """What stands in the script's one hole, read back as JSON."""
    config: dict[str, object] = json.loads(tag.plain.decode().rpartition("})(")[2].rstrip().removesuffix(")"))
    return config


@pytest.mark.parametrize(
    ("tag", "policy", "carried"),
    [
        pytest.param(TagSettings(modules=OFF), Policy(), (), id="everything off"),
        pytest.param(TagSettings(modules=only("page_visits")), Policy(), ("page_visits",), id="visits alone"),
        pytest.param(
            TagSettings(modules=only("forms")), Policy(), ("identity", "forms"), id="forms need identity"
        ),
        pytest.param(TagSettings(modules=only("lists")), Policy(), (), id="lists without a list"),
        pytest.param(
            TagSettings(modules=only("lists")), Policy(block=("a",)), ("lists",), id="lists with a list"
        ),
        pytest.param(TagSettings(modules=OFF), Policy(block=("a",)), (), id="a list, but lists are off"),
        pytest.param(TagSettings(modules=only("triggers")), Policy(), (), id="triggers without a trigger"),
        pytest.param(
            TagSettings(modules=only("triggers"), triggers=(trigger("onClick"), trigger("onVisible"))),
            Policy(),
            ("triggers", "onVisible", "onClick"),
            id="the interactions that triggers name",
        ),
        pytest.param(
            TagSettings(modules=OFF, triggers=(trigger("onClick"),)), Policy(), (), id="triggers are off"
        ),
        pytest.param(
            TagSettings(modules=OFF, auto_events=(AutoEvent(action="a"),)),
            Policy(),
            ("auto_events",),
            id="an automatic event",
        ),
        pytest.param(
            TagSettings(),
            Policy(),
            ("identity", "sessions", "delivery", "page_visits", "custom_events", "forms"),
            id="a new source",
        ),
    ],
)
def test_a_tag_carries_what_its_source_uses(
    tag: TagSettings, policy: Policy, carried: tuple[str, ...]
) -> None:
    assert module_names(sample_source(tag, policy)) == (*BASE, *carried)


MARKS = {
    "page_visits": "page.visit",
    "sessions": "tagwell_session_",
    "delivery": "visibilitychange",
    "custom_events": "not sent, an action is",
    "forms": "form.submit",
}


@pytest.mark.parametrize("name", MARKS)
def test_a_module_that_is_off_leaves_no_trace(name: str) -> None:
    with_it = build_tag(sample_source(TagSettings(modules=only(name)))).plain.decode()
    without = build_tag(sample_source(TagSettings(modules=OFF))).plain.decode()
    assert MARKS[name] in with_it
    assert MARKS[name] not in without


def test_every_module_has_a_place_in_the_order() -> None:
    from collector.assets import modules_dir

    assert {file.stem for file in modules_dir().glob("*.js")} == set(START_ORDER)


def test_the_config_says_what_the_modules_read_and_no_more() -> None:
    source = sample_source(TagSettings(modules=OFF), Policy(allow=("a",), do_not_track=True))
    assert config_of(build_tag(source)) == {"source": source.source_id, "gpc": True, "dnt": True}
    full = sample_source(
        TagSettings(triggers=(trigger("onClick"),), auto_events=(AutoEvent(action="b", params={"n": 1}),)),
        Policy(allow=("a",), block=("b.*",), global_privacy_control=False),
    )
    assert config_of(build_tag(full)) == {
        "source": full.source_id,
        "gpc": False,
        "dnt": False,
        "minutes": 30,
        "allow": ["a"],
        "block": ["b.*"],
        "auto": [{"action": "b", "params": {"n": 1}}],
        "triggers": [{"tag": "product", "interaction": "onClick", "action": "a", "params": {}}],
    }


HOSTILE = "</script><!-- ' \" \\ ` ${alert(1)} {{ 7 * 7 }} {% raw %} {# #} \u2028\u2029 \x00 });alert(1)//"


def test_hostile_settings_stay_inside_the_hole() -> None:
    harmless = build_tag(hostile_source("x")).plain.decode()
    built = build_tag(hostile_source(HOSTILE))
    script = built.plain.decode()
    assert config_of(built)["auto"] == [{"action": HOSTILE, "params": {HOSTILE: HOSTILE}}]
    # The code is the same, whatever the settings say.
    assert script.partition("})({")[0] == harmless.partition("})({")[0]
    for never in ("</script", "<!--", "\u2028", "\u2029", "\x00"):
        assert never not in script


def hostile_source(text: str) -> Source:
    tag = TagSettings(
        modules=only("lists", "triggers"),
        auto_events=(AutoEvent(action=text, params={text: text}),),
        triggers=(Trigger(tag=text, interaction="onClick", action=text, params={text: text}),),
    )
    return sample_source(tag, Policy(allow=(text,), block=(text,)))


def test_the_same_settings_give_the_same_bytes_in_any_process() -> None:
    code = (
        "import sys; from snippet.sizes import measured;"
        "sys.stdout.write(measured()['everything'].hash + ' ' + measured()['everything'].gzip.hex())"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    here = measured()["everything"]
    assert ran.stdout == f"{here.hash} {here.gzip.hex()}"


def test_params_in_another_order_are_the_same_settings() -> None:
    one, other = (
        sample_source(TagSettings(auto_events=(AutoEvent(action="a", params=params),)))
        for params in ({"b": 1, "c": 2}, {"c": 2, "b": 1})
    )
    assert build_tag(one) is build_tag(other)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"policy": Policy(block=("a",))}, id="a list"),
        pytest.param({"policy": Policy(do_not_track=True)}, id="a wish"),
        pytest.param({"settings": Settings(tag=TagSettings(modules=BASE_MODULES))}, id="a module"),
        pytest.param({"source_id": "d3a0c0de-0000-4000-8000-000000000002"}, id="another source"),
    ],
)
def test_a_change_is_a_new_tag(changed: dict[str, object]) -> None:
    before = sample_source(TagSettings())
    assert build_tag(msgspec.structs.replace(before, **changed)).etag != build_tag(before).etag


def test_what_the_tag_does_not_read_changes_nothing() -> None:
    before = sample_source(TagSettings())
    after = msgspec.structs.replace(before, name="Renamed", policy_version=7, salt=b"other")
    assert build_tag(after) is build_tag(before)


def test_the_compressed_forms_are_the_script() -> None:
    tag = measured()["everything"]
    assert gzip.decompress(tag.gzip) == tag.plain
    assert brotli.decompress(tag.brotli) == tag.plain


def test_the_script_is_really_minified() -> None:
    script = measured()["everything"].plain.decode()
    assert "\n" not in script.strip()
    assert "/*" not in script
    # Renamed: the functions, and what they hold.
    for name in ("function core(", "function page_visits(", "formData=", "features"):
        assert name not in script


def test_the_sizes_that_we_promise() -> None:
    """The owner's targets, in bytes of brotli: 1,900 for the base set, 5,000 for all of these modules."""
    sizes = {title: len(tag.brotli) for title, tag in measured().items()}
    assert sizes["page visits, sessions, delivery"] <= 1900
    assert sizes["everything"] <= 5000
