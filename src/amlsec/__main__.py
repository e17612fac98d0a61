"""`python -m amlsec` is `amlsec`."""

from amlsec.cli.app import main

if __name__ == "__main__":
    main()
