"""The place of an address, as precisely as the policy keeps it."""

from typing import Any

from collector.model.policy import GeoPrecision

_KEPT: dict[GeoPrecision, tuple[str, ...]] = {
    "region": ("country_code", "country", "region"),
    "country": ("country_code", "country"),
    "none": (),
}
"""What is named here is kept, so that what a database tells more precisely some day is not."""


def kept_geo(geo: dict[str, Any], precision: GeoPrecision) -> dict[str, Any]:
    """Return what may be kept of a place; {} for nothing."""
    if precision == "city":
        return geo
    return {name: geo[name] for name in _KEPT[precision] if name in geo}
