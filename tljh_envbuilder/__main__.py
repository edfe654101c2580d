"""`python -m tljh_envbuilder` is the command `tljh-envbuilder`."""

from tljh_envbuilder.app import main

main()
