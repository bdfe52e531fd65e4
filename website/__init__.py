"""The documentation site: pages that the package writes of itself, beside those of docs/. `make docs` builds it."""
