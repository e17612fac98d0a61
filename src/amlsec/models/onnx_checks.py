"""An ONNX file is data until it is run: what is looked at before onnxruntime sees it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from amlsec.errors import InvalidInput, UnsafeFile

BUILT_IN = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft"})
"""The operators of the ONNX standard, and those that onnxruntime brings itself, as the tokenizer of text models."""

MOST_WRITTEN_OUT = 1 << 14
"""Operators that a model's functions may be written out to, which onnxruntime does, in no time limit, when it opens it."""


def checked(path: Path, largest: int) -> tuple[bytes, Any]:
    """The file's bytes, and what the onnx package reads in them.

    Raises InvalidInput where it is missing, larger than `largest` bytes or no ONNX model; UnsafeFile where a part of it lies
    in another file, whose path the model chooses, or where it asks for operators that onnxruntime does not bring, which are
    foreign code, or where its functions call one another without end. Other functions of known operators will do.
    """
    if not path.is_file():
        raise InvalidInput("model", str(path), "no such file")
    if path.stat().st_size > largest:
        raise InvalidInput("model", str(path), f"is larger than the {largest >> 20} MiB that are allowed")
    held = path.read_bytes()
    model = _parsed(path, held)
    parts = list(_parts(model))
    if any(_is_elsewhere(part) for part in parts):
        raise UnsafeFile("model", path, "keeps data in other files, whose paths it chooses; save it as one file")
    known = BUILT_IN | {function.domain for function in model.functions}
    foreign = sorted({f"{part.domain}.{part.op_type}" for part in _nodes(parts) if part.domain not in known})
    if foreign:
        raise UnsafeFile("model", path, f"asks for operators that onnxruntime does not bring: {', '.join(foreign)[:200]}")
    if _grows(model):
        raise UnsafeFile("model", path, f"its functions, written out, are more than {MOST_WRITTEN_OUT:,} operators")
    return held, model


def _parsed(path: Path, held: bytes) -> Any:
    try:
        onnx = import_module("onnx")
        import_module("onnxruntime")
    except ImportError as error:
        raise InvalidInput("model", str(path), "needs the extra: pip install 'amlsec[onnx]'") from error
    try:
        model = onnx.load_model_from_string(held)
    except Exception as error:
        raise InvalidInput("model", str(path), "cannot be read as ONNX") from error
    if not model.graph.output:
        raise InvalidInput("model", str(path), "is no ONNX model: it has no output")
    return model


def _parts(message: Any) -> Iterator[Any]:
    """The message and all that it holds, at any depth."""
    yield message
    for field, value in message.ListFields():
        if field.message_type is not None:
            for part in [value] if hasattr(value, "ListFields") else value:
                yield from _parts(part)


def _is_elsewhere(part: Any) -> bool:
    return part.DESCRIPTOR.name == "TensorProto" and bool(part.data_location or part.external_data)


def _nodes(parts: list[Any]) -> Iterator[Any]:
    return (part for part in parts if part.DESCRIPTOR.name == "NodeProto")


def _grows(model: Any) -> bool:
    """Whether its functions, each call of them in its place, are more operators than they may be; for ever, if need be."""
    bodies = {(each.domain, each.name, each.overload): _calls(each) for each in model.functions}
    waiting, written = _calls(model.graph), 0
    while called := {name: times for name, times in waiting.items() if name in bodies}:
        waiting = Counter[tuple[str, str, str]]()
        for name, times in called.items():
            waiting.update({inner: times * most for inner, most in bodies[name].items()})
        written += waiting.total()
        if written > MOST_WRITTEN_OUT:
            return True
    return False


def _calls(graph: Any) -> Counter[tuple[str, str, str]]:
    return Counter((node.domain, node.op_type, node.overload) for node in _nodes(list(_parts(graph))))


def classes(model: Any) -> list[str]:
    """The classes that a classifier's node lists, in the order of its columns; none where no node does.

    A binary classifier written by scikit-learn's, LightGBM's or XGBoost's converters has such a node.
    """
    for node in _nodes(list(_parts(model.graph))):
        for attribute in node.attribute:
            listed = [name.decode("utf-8", "replace") for name in attribute.strings] or list(map(str, attribute.ints))
            if attribute.name.startswith("classlabels_") and listed:
                return listed
    return []


def makes(model: Any, output: str) -> str:
    """The operator whose result an output is."""
    return next((str(node.op_type) for node in model.graph.node if output in node.output), "")
