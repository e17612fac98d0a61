"""One file for each part of the pages: what it shows, and what its forms do."""
