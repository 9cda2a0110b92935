"""The verbs of discovery: what people and programs do with scans."""
