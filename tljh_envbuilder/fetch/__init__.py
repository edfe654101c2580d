"""The fetch worker: from a repository's address to a build context, in a process of its own."""
