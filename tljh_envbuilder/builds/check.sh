# Says what a Hub server will find in this image, as lines `envbuilder:key=value`.
say() { printf 'envbuilder:%s=%s\n' "$1" "$2"; }

# The first of the paths on stdin that is in the home: there, a user's own home takes its place.
first_in_home() {
  real_home=$(cd "${HOME:-/}" 2>/dev/null && pwd -P)
  if [ "${real_home:-/}" = / ]; then return; fi # nothing else would be left in the container
  while read -r path; do
    case $path in "${HOME%/}"/* | "$real_home"/*) printf '%s' "$path" && return ;; esac
  done
}

say uid "$(id -u)"
say gid "$(id -g)"
say user "$(id -un 2>/dev/null || id -u)"
say home "${HOME:-}"
if [ -d "${HOME:-}" ]; then say home_is_folder yes; else say home_is_folder no; fi

# Asking the metadata takes a tenth of the time that `jupyterhub-singleuser --version` takes.
singleuser=$(command -v jupyterhub-singleuser)
if [ -n "$singleuser" ]; then
  python=$(sed -n '1s/^#! *\([^ ]*\).*$/\1/p' "$singleuser" 2>/dev/null)
  # The version, and where what a server needs to start is.
  found=$("$python" -c '
import os, sys
from importlib.metadata import PackageNotFoundError, distribution
jupyterhub = distribution("jupyterhub")
places = [sys.argv[1], sys.base_prefix, jupyterhub.locate_file("")]
try:
    places.append(distribution("jupyter_server").locate_file(""))
except PackageNotFoundError:
    pass
print(jupyterhub.version, *(os.path.realpath(place) + "/" for place in places), sep="\n")
' "$singleuser" 2>/dev/null) ||
    found=$(jupyterhub-singleuser --version 2>/dev/null | tail -n 1)
  say jupyterhub "$(printf '%s\n' "$found" | head -n 1)"
  say jupyterhub_in_home "$(printf '%s\n' "$singleuser" "$found" | first_in_home)"
fi
if command -v jupyter-lab >/dev/null 2>&1; then say jupyterlab yes; else say jupyterlab no; fi

# What our own buildpack has recorded: the packages that were installed.
if [ -f "${VIRTUAL_ENV:-}/requirements.lock" ]; then
  sed 's/^/envbuilder:package=/' "$VIRTUAL_ENV/requirements.lock" | cut -c 1-400 | head -n 1000
fi

# Of folders that every home has, what decides how servers behave: packages, kernels and settings.
cd "${HOME:-/}" 2>/dev/null || cd /
say hidden_software "$(ls -d .local/lib/python*/site-packages .local/share/jupyter/kernels/* .conda/envs/* \
  .jupyter/jupyter*_config.* .ipython/profile_default/startup/*.py 2>/dev/null | head -n 5 | tr '\n' ' ')"
# What every home starts with, and caches that the build left, are no loss.
say hidden "$(ls -A 2>/dev/null |
  grep -vxE '\.(bashrc|bash_logout|bash_profile|profile|cache|config|local|npm|conda|jupyter|ipython|wget-hsts|gitconfig|ssh|gnupg)' | head -n 5 | tr '\n' ' ')"
say done yes
