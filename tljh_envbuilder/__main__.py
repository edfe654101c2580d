"""`python -m tljh_envbuilder` is the command `tljh-envbuilder`."""

from tljh_envbuilder.cli.main import main

main()
