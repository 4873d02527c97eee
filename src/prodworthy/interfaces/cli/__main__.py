"""`python -m prodworthy.interfaces.cli` is the same as `prodworthy`."""

from prodworthy.interfaces.cli.app import main

if __name__ == "__main__":
    main()
