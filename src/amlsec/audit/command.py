"""The command line that repeats an audit."""

from __future__ import annotations

import shlex

from amlsec.audit.settings import Settings

_NOT_REPEATED = {"data", "columns", "groups", "relations", "conditions", "out", "only"}


def command(settings: Settings, only: str = "") -> str:
    """What to type to run this audit again, or to measure one finding of it, into a folder that holds no other report.

    >>> command(Settings(data="mails.csv", target="label", queries=50), only="AML-E02")
    'amlsec audit mails.csv --target label --queries 50 --only AML-E02 --out amlsec-report-AML-E02'
    """
    words = ["amlsec", "audit", *([settings.data] if settings.data else [])]
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if name not in _NOT_REPEATED and value != field.default:
            words += _option(f"--{name.replace('_', '-')}", value)
    for code in [only] if only else settings.only:
        words += ["--only", code]
    words += ["--out", f"{settings.out}-{only}"] if only else []
    return shlex.join(words)


def _option(option: str, value: object) -> list[str]:
    if value is True:
        return [option]
    values = value if isinstance(value, tuple) else (value,)
    return [word for each in values for word in (option, str(each))]
