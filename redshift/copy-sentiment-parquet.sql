-- The manifest names the files and their lengths, so a listing that is not up to date cannot leave one out.
COPY stage_sentiment
FROM :'manifest'
IAM_ROLE :'role'
FORMAT AS PARQUET
MANIFEST
