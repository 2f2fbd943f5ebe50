"""The version of the software, the same whether it is installed or run from its sources; a test holds it to `pyproject.toml`."""

VERSION = "0.1.0"
