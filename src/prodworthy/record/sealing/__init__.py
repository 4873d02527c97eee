"""Between the journal and the judge: segments and events become statements in the ledger, and evidence by day."""
