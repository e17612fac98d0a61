"""What is installed beside this interpreter, and how much of the disk it takes; prints JSON, bytes by name."""

import json
from importlib.metadata import Distribution, distributions


def size(one: Distribution) -> int:
    """Bytes of its files."""
    paths = (file.locate() for file in one.files or [] if "__pycache__" not in str(file))
    return sum(path.stat().st_size for path in paths if path.is_file())


if __name__ == "__main__":
    print(json.dumps({one.name: size(one) for one in distributions()}))
