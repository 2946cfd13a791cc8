"""Anything a sender could write: hypothesis strategies for JSON and for events that are nearly right."""

from hypothesis import strategies as st

from tests.pipeline.make import NOON

TEXT = st.text(st.characters(categories=["Cs"]) | st.characters() | st.just("\x00"), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
ACTION = st.sampled_from(["page.visit", "form.submit", "client.createOrUpdate", "debug.x"]) | JSON
EVENT = st.fixed_dictionaries(
    {},
    optional={
        "id": JSON,
        "action": ACTION,
        "label": JSON,
        "time": JSON | st.just(NOON),
        "uuid": JSON,
        "session": JSON,
        "params": JSON
        | st.fixed_dictionaries(
            {}, optional={"formData": JSON, "mapping": JSON, "tags": JSON, "email": JSON}
        ),
        "context": JSON,
        "unknown": JSON,
    },
)
