"""The published models of the `sam2` preset: where they come from, fetching, checking, loading."""
