"""A report's table as a file: CSV, XLSX and PDF. All three begin with `table.Table` and know nothing of where it came from."""
