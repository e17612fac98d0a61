"""Files that anybody may have sent, read into checked chunks of rows."""
