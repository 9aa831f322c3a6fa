"""`python -m lambdabuild` is `lambdabuild`."""

from lambdabuild.cli import main

main()
