-- Share of each label in each window, with the ends of its 95 % interval: Wilson's, from the counts, z = 1.96. The
-- interval is that of a sample of this size; it knows nothing of the model's errors.
WITH counted AS (
    SELECT
        window_time,
        CAST(SUM(count_positive) AS DOUBLE PRECISION) AS positive_tweets,
        CAST(SUM(count_negative) AS DOUBLE PRECISION) AS negative_tweets,
        CAST(SUM(count_neutral) AS DOUBLE PRECISION) AS neutral_tweets,
        CAST(SUM(count_mixed) AS DOUBLE PRECISION) AS mixed_tweets,
        CAST(SUM(count_positive + count_negative + count_neutral + count_mixed) AS DOUBLE PRECISION) AS scored
    FROM sentiment
    WHERE
        $__timeFilter(window_time)
        AND ('*' IN (${topic:sqlstring}) OR topic IN (${topic:sqlstring}))
        AND ('*' IN (${source:sqlstring}) OR source IN (${source:sqlstring}))
        AND ('*' IN (${model:sqlstring}) OR model IN (${model:sqlstring}))
        AND ('*' IN (${run:sqlstring}) OR run_id IN (${run:sqlstring}))
        AND ('*' IN (${window:sqlstring}) OR CAST(window_seconds AS VARCHAR(16)) IN (${window:sqlstring}))
    GROUP BY window_time
),

spread AS (
    SELECT
        window_time,
        positive_tweets,
        negative_tweets,
        neutral_tweets,
        mixed_tweets,
        scored,
        1.959963984540054
        * SQRT(positive_tweets * (scored - positive_tweets) / scored + 0.960364705173531)
            AS positive_half,
        1.959963984540054
        * SQRT(negative_tweets * (scored - negative_tweets) / scored + 0.960364705173531)
            AS negative_half,
        1.959963984540054
        * SQRT(neutral_tweets * (scored - neutral_tweets) / scored + 0.960364705173531)
            AS neutral_half,
        1.959963984540054
        * SQRT(mixed_tweets * (scored - mixed_tweets) / scored + 0.960364705173531)
            AS mixed_half
    FROM counted
    WHERE scored > 0
)

SELECT
    window_time AS "time",
    positive_tweets / scored AS positive,
    (positive_tweets + 1.920729410347062 - positive_half) / (scored + 3.841458820694124) AS positive_low,
    (positive_tweets + 1.920729410347062 + positive_half) / (scored + 3.841458820694124) AS positive_high,
    negative_tweets / scored AS negative,
    (negative_tweets + 1.920729410347062 - negative_half) / (scored + 3.841458820694124) AS negative_low,
    (negative_tweets + 1.920729410347062 + negative_half) / (scored + 3.841458820694124) AS negative_high,
    neutral_tweets / scored AS neutral,
    (neutral_tweets + 1.920729410347062 - neutral_half) / (scored + 3.841458820694124) AS neutral_low,
    (neutral_tweets + 1.920729410347062 + neutral_half) / (scored + 3.841458820694124) AS neutral_high,
    mixed_tweets / scored AS mixed,
    (mixed_tweets + 1.920729410347062 - mixed_half) / (scored + 3.841458820694124) AS mixed_low,
    (mixed_tweets + 1.920729410347062 + mixed_half) / (scored + 3.841458820694124) AS mixed_high
FROM spread
ORDER BY window_time
