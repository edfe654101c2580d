# Says what a Hub server will find in this image, as lines `envbuilder:key=value`.
say() { printf 'envbuilder:%s=%s\n' "$1" "$2"; }

say uid "$(id -u)"
say gid "$(id -g)"
say user "$(id -un 2>/dev/null || id -u)"
say home "${HOME:-}"
if [ -d "${HOME:-}" ]; then say home_is_folder yes; else say home_is_folder no; fi

# Asking the metadata takes a tenth of the time that `jupyterhub-singleuser --version` takes.
singleuser=$(command -v jupyterhub-singleuser)
if [ -n "$singleuser" ]; then
  python=$(sed -n '1s/^#! *\([^ ]*\).*$/\1/p' "$singleuser" 2>/dev/null)
  version=$("$python" -c 'from importlib.metadata import version; print(version("jupyterhub"))' 2>/dev/null) ||
    version=$(jupyterhub-singleuser --version 2>/dev/null | tail -n 1)
  say jupyterhub "$version"
fi
if command -v jupyter-lab >/dev/null 2>&1; then say jupyterlab yes; else say jupyterlab no; fi

# What our own buildpack has recorded: the packages that were installed.
if [ -f "${VIRTUAL_ENV:-}/requirements.lock" ]; then
  sed 's/^/envbuilder:package=/' "$VIRTUAL_ENV/requirements.lock" | cut -c 1-400 | head -n 1000
fi

# What every home starts with, and caches that the build left, are no loss.
hidden=$(cd "${HOME:-/}" 2>/dev/null && ls -A 2>/dev/null |
  grep -vxE '\.(bashrc|bash_logout|bash_profile|profile|cache|config|local|npm|conda|jupyter|ipython|wget-hsts|gitconfig|ssh|gnupg)' | head -n 5 | tr '\n' ' ')
say hidden "${hidden% }"
say done yes
