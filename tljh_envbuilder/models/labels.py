"""Labels by which images and containers are found again."""

#: On images and on the containers of servers: the environment's name.
ENVIRONMENT = "tljh-envbuilder.environment"
#: On images: the build's id.
BUILD = "tljh-envbuilder.build"
#: On the containers of servers: whose they are, and which of theirs.
USER = "tljh-envbuilder.user"
SERVER = "tljh-envbuilder.server"
