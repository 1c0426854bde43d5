"""Entry point of `python -m operate`."""

import sys

try:
    from operate.main import main
except ModuleNotFoundError as missing:
    # Usually a system `python3` instead of the environment's interpreter.
    sys.exit(f"python -m operate: {missing.name} is not installed here; run `make setup`, then `.venv/bin/python -m operate`")

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
