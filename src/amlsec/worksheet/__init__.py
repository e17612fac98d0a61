"""The threat model as questions, and the amlsec.toml that the answers make."""
