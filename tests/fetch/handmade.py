"""Commits that git makes only when asked nicely: links that lead out, odd submodules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from dev.git_server import GitRepository, git


@contextmanager
def work_tree(repository: GitRepository) -> Iterator[Path]:
    """A work tree of the repository; what is in it at the end is committed and pushed."""
    with TemporaryDirectory() as folder:
        tree = Path(folder, "tree")
        git("clone", "--quiet", repository.path, tree, cwd=Path(folder))
        yield tree
        git("add", "--all", cwd=tree)
        git("commit", "--quiet", "--allow-empty", "--message", "By hand", cwd=tree)
        git("push", "--quiet", "origin", "HEAD", cwd=tree)


def add_submodule(repository: GitRepository, url: str, commit: str) -> None:
    """Commit a submodule `sub`, whatever its address."""
    with work_tree(repository) as tree:
        (tree / ".gitmodules").write_text(f'[submodule "sub"]\n\tpath = sub\n\turl = {url}\n')
        (tree / "sub").mkdir(exist_ok=True)
        git("add", ".gitmodules", cwd=tree)
        git("update-index", "--add", "--cacheinfo", f"160000,{commit},sub", cwd=tree)
        git("commit", "--quiet", "--message", "Add a submodule", cwd=tree)
        # The index knows the submodule; to `git add --all` the empty folder would be its removal.
        git("update-index", "--assume-unchanged", "sub", cwd=tree)
