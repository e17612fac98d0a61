"""Model families whose answer to added rows follows by algebra, without training again."""
