"""`python -m tljh_envbuilder` is the command `tljh-envbuilder`."""

import sys

if sys.argv[1:2] == ["serve"]:
    # How the Hub starts the service, which needs nothing of the other commands.
    from tljh_envbuilder.app import EnvBuilder

    EnvBuilder.launch_instance(sys.argv[2:])
else:
    from tljh_envbuilder.cli.main import main

    main()
