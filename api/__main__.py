"""`python -m api` is the command `lifecycle`."""

from api.cli.main import run

run()
