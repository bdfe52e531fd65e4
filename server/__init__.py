"""The language server: what `check` knows of a spec, told to an editor by the Language Server Protocol."""
