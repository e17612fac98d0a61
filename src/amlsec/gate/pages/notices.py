"""What a page says after a form was sent; the address names it, so nobody can put words of his own there."""

NOTICES = {
    "decided": "Your decision stands in the ledger.",
    "proposed": "Your proposal stands in the ledger. It holds as soon as a second person says the same.",
    "undone": "Taken back, by a new entry in the ledger.",
    "undo-proposed": "Your proposal to take it back stands in the ledger, until a second person says the same.",
    "cleared": "The source begins anew; what is held of it still waits for a decision.",
    "registered": "What is known of the source stands in the ledger; it counts from the next submission on.",
    "rolled-back": "Everything the source taught since then is taken back.",
    "snapshot": "A new snapshot was made.",
    "model": "The model is noted: a rollback will name it.",
    "user-added": "The person can sign in now.",
    "user-changed": "The account was changed.",
    "token-revoked": "The token is worth nothing now.",
    "signed-out": "You are signed out.",
}
