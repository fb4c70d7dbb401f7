"""`python -m publisher` is `publish`."""

from publisher.cli import script

if __name__ == "__main__":
    script()
