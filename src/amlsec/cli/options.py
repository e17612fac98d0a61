"""Options of a command, read off its settings."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable
from typing import Annotated, Any

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from amlsec.deprecation import Place, going

NOT_OPTIONS = {"columns", "groups", "relations", "conditions"}


def as_options(run: Callable[..., None], settings: type[BaseModel], where: Place) -> Callable[..., None]:
    """Give the function one option for each setting: names, types and help stand in the settings alone.

    Options that are called otherwise now are taken, but not shown.
    """
    hints = typing.get_type_hints(settings)
    fields = {name: field for name, field in settings.model_fields.items() if name not in NOT_OPTIONS}
    now = [_parameter(name, _annotation(name, hints[name], field)) for name, field in fields.items()]
    gone = {old: one.new for old, one in going(where).items() if one.new in fields}  # others are keys of tables alone
    before = [_parameter(old, _unseen(_annotation(old, hints[new], fields[new]))) for old, new in gone.items()]
    run.__signature__ = inspect.Signature([*now, *before])  # type: ignore[attr-defined]
    return run


def _parameter(name: str, annotation: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _unseen(annotation: Any) -> Any:
    """The same option, of which help says nothing."""
    annotation.__metadata__[0].hidden = True
    return annotation


def _annotation(name: str, hint: Any, field: FieldInfo) -> Any:
    default = f" (default: {_shown(field.default)})" if field.default not in (None, (), False) else ""
    told = f"{field.description}{default}"
    if typing.get_origin(hint) is tuple:
        several: Any = types.GenericAlias(list, typing.get_args(hint)[:1])
        if name == "data":
            return Annotated[several | None, typer.Argument(help=told)]
        return Annotated[several | None, typer.Option(f"--{name.replace('_', '-')}", help=f"{told}; may be repeated")]
    if hint is bool:
        return Annotated[bool | None, typer.Option(f"--{name.replace('_', '-')}", help=told)]
    option = typer.Argument(help=told) if name == "data" else typer.Option(f"--{name.replace('_', '-')}", help=told)
    return Annotated[hint | None, option]


def _shown(default: Any) -> str:
    return ", ".join(map(str, default)) if isinstance(default, tuple) else str(default)
