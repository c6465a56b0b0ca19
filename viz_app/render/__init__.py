"""A run as a file: `exports.EXPORTS` has a row per format."""
