"""A run as a file: `exports.EXPORTS` has one row per format."""
