"""The page docs/families.md: estimators that the impact engine knows by algebra."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from _page import page

from amlsec.catalogue import discover
from amlsec.impact.measure import registered_families


def model_families() -> str:
    """Every estimator whose impacts are known by algebra, and for which of its settings."""
    return page(_model_families())


def _model_families() -> Iterator[str]:
    discover()
    yield "# Model families\n"
    yield "For these estimators a row's impact is algebra, not training.\n"
    yield "[The impact engine](impact.md) knows them, and where; it trains others.\n"
    yield "| estimator | of | by algebra |\n|---|---|---|"
    own = ((kind, function) for kind, function in registered_families().items() if function.__module__.startswith("amlsec."))
    for estimator, registered in sorted(own, key=lambda pair: pair[0].__name__):
        package = estimator.__module__.partition("._")[0]
        yield f"| `{estimator.__name__}` | `{package}` | {' '.join((inspect.getdoc(registered) or '').split())} |"
