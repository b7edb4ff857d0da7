"""What every probe is run with: the account, the ledger of what was made, the clean-up."""
