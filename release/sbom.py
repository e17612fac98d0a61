"""`make sbom`: what the wheel brings into a bare environment, as CycloneDX 1.6, each archive with its SHA-256.

cyclonedx-py reads the environment; pip's report tells the hash of each archive.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bare import bare

VALID = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(sys.stdin.read())
sys.exit(fault and repr(fault))
"""


def sbom(wheel: Path, cyclonedx: Path) -> str:
    """The bill of materials of the wheel and all it asks for."""
    with tempfile.TemporaryDirectory() as folder:
        python = bare(Path(folder, "bare"), wheel, report=Path(folder, "report.json"))
        options = ["--spec-version", "1.6", "--output-reproducible", "--validate"]
        said = subprocess.run([cyclonedx, "environment", *options, python], check=True, capture_output=True, text=True)
        report = json.loads(Path(folder, "report.json").read_text("utf-8"))
    return json.dumps(completed(json.loads(said.stdout), archives(report)), indent=2) + "\n"


def archives(report: dict[str, Any]) -> dict[str, str]:
    """The SHA-256 of what pip installed, by `name==version`."""
    return {
        f"{one['metadata']['name']}=={one['metadata']['version']}": one["download_info"]["archive_info"]["hashes"]["sha256"]
        for one in report["install"]
    }


def completed(told: dict[str, Any], hashes: dict[str, str]) -> dict[str, Any]:
    """The same, of amlsec: each component with the hash of its archive, and without the place that was on this disk."""
    for component in told["components"]:
        component["hashes"] = [{"alg": "SHA-256", "content": hashes[f"{component['name']}=={component['version']}"]}]
        elsewhere = [one for one in component.get("externalReferences", []) if one["type"] != "distribution"]
        component["externalReferences"] = elsewhere
    told["metadata"]["component"] = next(one for one in told["components"] if one["name"] == "amlsec")
    told["components"] = [one for one in told["components"] if one["name"] != "amlsec"]
    return told


def check(text: str, python: Path) -> None:
    """Raises CalledProcessError where it is no CycloneDX 1.6, by the library's own validator."""
    subprocess.run([python, "-c", VALID], input=text, text=True, check=True)


if __name__ == "__main__":
    wheel, cyclonedx = map(Path, sys.argv[1:])
    text = sbom(wheel, cyclonedx)
    check(text, cyclonedx.with_name("python"))
    wheel.with_name("sbom.cdx.json").write_text(text, "utf-8")
