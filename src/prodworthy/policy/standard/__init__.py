"""The Production Safety Framework as versioned data, and what Prodworthy requires under it.

Only the standard library, and nothing of ours outside this package: the offline verifier contains these modules as they
are. The data lies beside them; who reads the files is `interfaces/standards.py`.
"""
