"""The `lenskeep` command."""

from lenskeep.cli.main import run


def main() -> int:
    """Run the command line; return its exit code."""
    return run()


if __name__ == "__main__":
    raise SystemExit(main())
