"""The review pages: plain HTML made on the server, forms that work without a mouse, and no script at all."""
