"""From cells to what people read: one HTML page, Markdown, tables as files, and logs for another viewer."""
