"""Redshift's SQL on a real PostgreSQL: the server, the differences between the two, COPY.

It knows nothing of AWS's API; `doubles/redshift_data.py` has that.
"""
