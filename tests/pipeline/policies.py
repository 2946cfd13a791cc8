"""Any policy: a hypothesis strategy drawn from the types of the struct itself."""

from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st

from collector.model.policy import NetworkRule, Policy

_NETWORKS = st.one_of(
    st.ip_addresses().map(str),
    st.tuples(st.ip_addresses(v=4), st.integers(0, 32)).map(lambda pair: f"{pair[0]}/{pair[1]}"),
    st.tuples(st.ip_addresses(v=6), st.integers(0, 128)).map(lambda pair: f"{pair[0]}/{pair[1]}"),
)
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def of_type(kind: Any) -> st.SearchStrategy[Any]:
    """Values of one type of the policy."""
    if kind == NetworkRule:
        return _NETWORKS
    if get_origin(kind) is Annotated:
        return _annotated(*get_args(kind))
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if get_origin(kind) is tuple:
        [item, _] = get_args(kind)
        return st.lists(of_type(item), max_size=4, unique_by=repr).map(tuple)
    if get_origin(kind) is dict:
        name, value = get_args(kind)
        return st.dictionaries(of_type(name), of_type(value), max_size=3)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        hints = get_type_hints(kind, include_extras=True)
        return st.builds(kind, **{name: of_type(hint) for name, hint in hints.items()})
    assert kind is not NoneType, "no rule of a policy may be nothing"
    return {bool: st.booleans(), str: _TEXT}[kind]


def _annotated(kind: Any, meta: msgspec.Meta) -> st.SearchStrategy[Any]:
    if kind is int:
        return st.integers(int(meta.ge or 0), int(meta.le or 0))
    if meta.pattern is None:
        return _TEXT
    return st.from_regex(meta.pattern, fullmatch=True, alphabet=st.characters(exclude_categories=["Cs"]))


def policies() -> st.SearchStrategy[Policy]:
    """Any policy; about half of the fields are as in a new source."""
    hints = get_type_hints(Policy, include_extras=True)
    fields = {name: of_type(hint) for name, hint in hints.items()}
    return st.fixed_dictionaries({}, optional=fields).map(lambda given: Policy(**given))
