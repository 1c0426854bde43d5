"""Find what looks like a real credential in the files named on the command line, or in all that git tracks.

An example that has to look real is excused by `# example` further right on its line.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

# Each kind by the marker that its issuer puts into it. Entropy is not measured: hashes and ids would be most of what it finds.
PATTERNS = {
    "AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "AWS secret key": r"(?i)aws_secret_access_key\W{1,4}[0-9A-Za-z/+]{40}\b",
    "private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "upstream or AI provider's key": r"\bsk-(?:[a-z]+-)*[0-9A-Za-z_]{32,}",
    "ClipRelay API key": r"\bclr_[\w-]{43}\b",
    "webhook secret": r"\bwhs(?:ec|k)_[0-9A-Za-z+/]{32,}",
    "GitHub token": r"\b(?:gh[pousr]_[0-9A-Za-z]{36}|github_pat_\w{60})",
    "Slack token": r"\bxox[abeoprs]-[0-9A-Za-z-]{20,}",
    "PyPI token": r"\bpypi-AgE[\w-]{40,}",
    "password in an address": r"\b[a-z][a-z0-9+]*://[^\s:/@{}$<\"']+:[^\s:/@{}$<\"']{8,}@",
}
_EXCUSED = re.compile(r"# example\b")


def found(text: str) -> Iterator[tuple[int, str]]:
    """Yield line number and kind of each credential; never the credential, because logs would then hold it."""
    for number, line in enumerate(text.splitlines(), start=1):
        if not _EXCUSED.search(line):
            yield from ((number, kind) for kind, pattern in PATTERNS.items() if re.search(pattern, line))


def _tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=True)  # noqa: S607
    return listed.stdout.split("\0")[:-1]


def main(names: list[str]) -> None:
    """Print where credentials are and exit with 1, or exit with 0."""
    texts = {name: Path(name).read_bytes().decode(errors="replace") for name in names or _tracked() if Path(name).is_file()}
    problems = [f"{name}:{number}: {kind}" for name, text in texts.items() for number, kind in found(text)]
    if problems:
        sys.exit("\n".join([*problems, "Revoke what is real. Mark what is not with `# example` on its line."]))


if __name__ == "__main__":
    main(sys.argv[1:])
