"""The gate as a sampler of imbalanced-learn: what it does not accept is not trained on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, ClassVar

import narwhals
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from amlsec.errors import InvalidInput
from amlsec.evidence import Decision
from amlsec.gate.act import here
from amlsec.gate.form import Form
from amlsec.gate.looking import decided
from amlsec.gate.records import Submission
from amlsec.gate.service import Gate
from amlsec.gate.serving.inline import judged
from amlsec.sanitize.given import framed, taken
from amlsec.sanitize.labels import column

with suppress(ImportError):
    import imblearn.base  # noqa: F401  it adds fit_resample to the methods that scikit-learn routes metadata to


class GateSampler(BaseEstimator):  # type: ignore[misc]
    """Hands rows in at a gate, and keeps those that it accepts, as a step of imbalanced-learn's Pipeline.

    The same rows again are the same submission: they are not judged twice, and what people decided since holds. Under a
    pipeline's cross-validation every fold is a submission of its own, so search on a snapshot rather than through this.

    With metadata routing on, `source` and `time` are requested by default. The rows must look as the gate's, so let this
    be the first step.

    Parameters
    ----------
    home : folder of the gate
    source : the name of the source that all rows come from, where none is given for each row

    Attributes
    ----------
    sample_indices_ : the positions of rows kept
    submissions_ : what the gate says of each source's rows

    >>> import tempfile
    >>> from amlsec.gate.act import Act
    >>> from amlsec.tables.load import Columns
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 440)
    >>> X = rng.normal(4.0 * y - 2)[:, None]
    >>> trusted = pa.table({"size": X[:400, 0], "label": y[:400]})
    >>> home = Path(tempfile.mkdtemp()) / "gate"
    >>> policy = 'rule = "sphere"\\n[screens.sphere]'
    >>> Gate.init(home, trusted, Columns("label"), act=Act("local:doctest"), policy=policy).close()
    >>> said = np.append(y[400:420], 1 - y[420:])
    >>> source = np.repeat(["desk", "liar"], 20)
    >>> sampler = GateSampler(home)
    >>> kept, labels = sampler.fit_resample(X[400:], said, source=source)
    >>> [one.source for one in sampler.submissions_], bool(sampler.sample_indices_.max() < 20)
    (['desk', 'liar'], True)
    """

    _estimator_type = "sampler"
    __metadata_request__fit_resample: ClassVar[dict[str, bool]] = {"source": True, "time": True}

    def __init__(self, home: Any, source: str | None = None) -> None:
        self.home = home
        self.source = source

    def fit_resample(self, X: Any, y: Any, *, source: Any = None, time: Any = None) -> tuple[Any, Any]:
        """The accepted rows and their labels, each in the type given: arrays, lists, frames.

        Raises InvalidInput where an argument breaks a rule, or nothing of a label is accepted; GateUnavailable where the
        database or the store is away.
        """
        labels = column(y)
        with closing(Gate.open(Path(self.home))) as gate:
            rows = _table(gate.home.form, X, labels, time)
            found = [(own, *_asked(gate, rows.take(own), name)) for name, own in self._sources(source, len(rows))]
        self.submissions_ = [submission for _, submission, _ in found]
        self.sample_indices_ = np.sort(np.concatenate([own[accepted] for own, _, accepted in found]))
        _something_left(labels, labels[self.sample_indices_], self.submissions_)
        return taken(X, self.sample_indices_), taken(y, self.sample_indices_)

    def _sources(self, source: Any, count: int) -> Iterator[tuple[str, NDArray[np.intp]]]:
        """Each source, in the order of its first row, and where its rows stand."""
        if source is None:
            if self.source is None:
                raise InvalidInput("source", None, "must be named, for the sampler or for each row")
            source = [self.source] * count
        names = np.asarray(source, dtype=object)
        if names.shape != (count,):
            raise InvalidInput("source", f"of shape {names.shape}", f"must have one name for each of {count} rows")
        for name in dict.fromkeys(names.tolist()):
            yield str(name), np.flatnonzero(names == name)


def _asked(gate: Gate, rows: pa.Table, source: str) -> tuple[Submission, NDArray[np.bool_]]:
    """What the gate says of one source's rows, and where it accepts them (n,)."""
    receipt = gate.submit(rows, source, act=here("GateSampler"))
    found = judged(gate, receipt.submission)
    accepted: NDArray[np.bool_] = decided(gate.home, found.id) == Decision.ACCEPT
    return found, accepted


def _table(form: Form, X: Any, labels: NDArray[Any], time: Any) -> pa.Table:
    """The rows in the gate's columns; those of arrays go by their order."""
    known = framed(X)
    rows = known.to_arrow() if isinstance(known, narwhals.DataFrame) else _named(form, X)
    rows = _with(rows, form.columns.target, labels.tolist())
    return rows if time is None or form.columns.time is None else _with(rows, form.columns.time, np.asarray(time).tolist())


def _named(form: Form, X: Any) -> pa.Table:
    values = np.asarray(X, dtype=object)
    table = values.reshape(len(values), -1)
    if table.shape[1] != len(form.names):
        raise InvalidInput("X", f"of {table.shape[1]} columns", f"must have those of the gate: {', '.join(form.names)}")
    return pa.table({name: table[:, k].tolist() for k, name in enumerate(form.names)})


def _with(rows: pa.Table, name: str, values: list[Any]) -> pa.Table:
    if len(values) != len(rows):
        raise InvalidInput(name, f"{len(values)} values", f"must have one for each of {len(rows)} rows")
    rows = rows.drop_columns([name]) if name in rows.column_names else rows
    return rows.append_column(name, pa.array(values))


def _something_left(before: NDArray[Any], after: NDArray[Any], submissions: list[Submission]) -> None:
    lost = set(before.tolist()) - set(after.tolist())
    if lost:
        numbers = ", ".join(str(one.id) for one in submissions)
        raise InvalidInput("y", f"left without a row of {sorted(map(str, lost))}", f"see amlsec gate status of {numbers}")
