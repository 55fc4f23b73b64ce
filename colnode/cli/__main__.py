"""`python -m colnode.cli` is `colnode`: the second process of `colnode run` starts this way."""

from colnode.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
