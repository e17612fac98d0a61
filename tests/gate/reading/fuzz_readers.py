"""What atheris runs: bytes given to the readers, in this process; anything but a refusal ends it.

python fuzz_readers.py FOLDER-OF-SEEDS -runs=1000 -seed=1
"""

import io
import sys


def main() -> None:
    """The first byte of an input tells the format; the imports are here, as atheris must see them."""
    import atheris

    with atheris.instrument_imports(include=["amlsec.gate.reading", "json", "gzip", "csv"]):
        from amlsec.errors import InvalidInput, UnsafeFile
        from amlsec.gate.form import Form, Holds
        from amlsec.gate.reading.formats import Format
        from amlsec.gate.reading.limits import Limits
        from amlsec.gate.reading.read import read
        from amlsec.tables.load import Columns, Labels

    columns, holds = Columns("label", time="sent"), (Holds.TEXT, Holds.NUMBER, Holds.CATEGORY)
    form = Form(columns, ("mail", "size", "port"), holds, Labels(("spam",), ("ham", "0")))
    limits = Limits(rows=10_000, request_bytes=1 << 20, expansion=1)
    formats = [None, *Format]

    def one_input(data: bytes) -> None:
        told = formats[data[0] % len(formats)] if data else None
        try:
            for chunk in read(io.BytesIO(data[1:]), form, limits, told):
                chunk.validate(full=True)
        except (InvalidInput, UnsafeFile) as refusal:
            str(refusal)

    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
