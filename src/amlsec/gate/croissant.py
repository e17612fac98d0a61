"""A snapshot as MLCommons Croissant 1.0 describes data sets: JSON-LD that other tools load its rows by."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from amlsec.gate.form import CONTENT, Form, Holds
from amlsec.gate.training import schema_of

_OWN = (
    "citeAs",
    "column",
    "extract",
    "field",
    "fileObject",
    "fileProperty",
    "fileSet",
    "format",
    "includes",
    "isLiveDataset",
)
_MORE = ("jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex", "repeated", "replace")
_LAST = ("equivalentProperty", "samplingRate", "separator", "source", "subField", "transform")
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    **{name: f"cr:{name}" for name in (*_OWN, *_MORE, *_LAST)},
}
"""The vocabulary, as the specification recommends it."""
_TYPES = {pa.float64(): "sc:Float", pa.int64(): "sc:Integer", pa.timestamp("us"): "sc:DateTime", pa.string(): "sc:Text"}
_FEATURES = {
    Holds.NUMBER: "feature: a number",
    Holds.CATEGORY: "feature: a category",
    Holds.TEXT: "feature: a text that anybody may have written",
}


def croissant(form: Form, manifest: dict[str, Any], file: str) -> dict[str, Any]:
    """The description of the snapshot that a manifest is of, whose data lie in this file beside it."""
    position, learned = manifest["position"], manifest["rows"] - manifest["root"]["rows"]
    said, columns = _said(form, manifest["origin"]), list(schema_of(form))
    fields = zip(columns, _ids(column.name for column in columns), strict=True)
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": f"training-data-{position}",
        "description": f"Training data of an amlsec gate at position {position} of its ledger, whose entry has the hash "
        f"{manifest['head']}: {manifest['root']['rows']} trusted rows and {learned} learned from {len(manifest['sources'])} "
        "sources.",
        "version": f"{position}.0.0",
        "datePublished": manifest["time"][:10],
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": file,
                "name": file,
                "contentUrl": file,
                "encodingFormat": "application/x-parquet",
                "sha256": manifest["data"],
            }
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "rows",
                "name": "rows",
                "field": [_field(column, plain, said[column.name], file) for column, plain in fields],
            }
        ],
    }


def _ids(names: Iterable[str]) -> list[str]:
    """The names as an @id may hold them: without spaces, and each once."""
    found: list[str] = []
    for name in names:
        plain = re.sub(r"[^\w.-]", "_", name)
        while plain in found:
            plain += "_"
        found.append(plain)
    return found


def _field(column: pa.Field, plain: str, description: str, file: str) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"rows/{plain}",
        "name": column.name,
        "description": description,
        "dataType": _TYPES[column.type],
        "source": {"fileObject": {"@id": file}, "extract": {"column": column.name}},
    }


def _said(form: Form, origin: dict[str, str]) -> dict[str, str]:
    """What each column is, in words."""
    malicious, benign = (", ".join(labels) for labels in (form.labels.malicious, form.labels.benign))
    return {
        **{name: _FEATURES[holds] for name, holds in zip(form.names, form.holds, strict=True)},
        form.columns.target: f"label; malicious: {malicious}; benign: {benign}",
        **({form.columns.time: "when the row came about, in UTC"} if form.columns.time else {}),
        CONTENT: "SHA-256 of the row's canonical bytes",
        origin["source"]: "who handed the row in; (root) for trusted rows",
        origin["submission"]: "number of the submission it came with; 0 for trusted rows",
        origin["position"]: "its place in the submission, from 0",
    }
