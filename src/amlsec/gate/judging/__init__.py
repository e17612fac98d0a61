"""What becomes of offered rows: the screens' judgement, and the sentence that follows from it. No database is known here."""
