"""Results as files that other programs read: xlsx, CSV, Parquet."""
