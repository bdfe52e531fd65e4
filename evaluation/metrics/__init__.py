"""The measures: one engine, driven by profiles that say what each toolkit does."""
