-- CSV has one spelling for null and for the empty text. Redshift reads it as null where a column is not text; a text
-- may be empty, so COPY's EMPTYASNULL would be refused for it.
UPDATE stage_tweet
SET
    author_id = NULLIF(author_id, ''),
    username = NULLIF(username, ''),
    name = NULLIF(name, ''),
    location = NULLIF(location, ''),
    lang = NULLIF(lang, ''),
    referenced_tweet_id = NULLIF(referenced_tweet_id, ''),
    referenced_type = NULLIF(referenced_type, ''),
    post_url = NULLIF(post_url, ''),
    label = NULLIF(label, '')
