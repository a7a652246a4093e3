"""Comprehend's double has its limits, and fails single documents when it is told to."""

from .support import Case


class Comprehend(Case):
    def setUp(self):
        super().setUp()
        self.comprehend = self.client("comprehend")

    def batch(self, texts, language="en"):
        return self.comprehend.batch_detect_sentiment(TextList=texts, LanguageCode=language)

    def test_scores_are_the_same_for_the_same_text_and_sum_to_one(self):
        texts = ["I love this great flight", "worst delayed flight ever", "gate 12", "great crew, terrible seat"]
        first, second = self.batch(texts), self.batch(texts)
        self.assertEqual(first["ResultList"], second["ResultList"])
        self.assertEqual([r["Sentiment"] for r in first["ResultList"]], ["POSITIVE", "NEGATIVE", "NEUTRAL", "MIXED"])
        self.assertEqual([r["Index"] for r in first["ResultList"]], [0, 1, 2, 3])
        for result in first["ResultList"]:
            self.assertAlmostEqual(sum(result["SentimentScore"].values()), 1, places=5)
        alone = self.comprehend.detect_sentiment(Text=texts[0], LanguageCode="en")
        self.assertEqual(alone["SentimentScore"], first["ResultList"][0]["SentimentScore"])

    def test_limits(self):
        self.assertEqual(len(self.batch(["x"] * 25)["ResultList"]), 25)
        self.assertEqual(self.refusal(self.batch, ["x"] * 26)[0], "BatchSizeLimitExceededException")
        self.assertEqual(self.refusal(self.batch, ["x"], "tlh")[0], "UnsupportedLanguageException")
        long = "é" * 2_501
        found = self.batch(["x", long, "y", long[1:]])
        self.assertEqual([e["Index"] for e in found["ErrorList"]], [1])
        self.assertEqual([r["Index"] for r in found["ResultList"]], [0, 2, 3])
        self.assertEqual(self.refusal(self.comprehend.detect_sentiment, Text=long, LanguageCode="en")[0],
                         "TextSizeLimitExceededException")

    def test_documents_fail_as_they_are_told_to(self):
        texts = [f"post {n}" for n in range(25)]
        self.control("POST", "/faults", [{"document": "post 7", "times": 1}])
        self.assertEqual([e["Index"] for e in self.batch(texts)["ErrorList"]], [7])
        self.assertEqual(self.batch(texts)["ErrorList"], [])
        self.control("DELETE", "/faults")
        self.control("POST", "/faults", [{"document": "", "share": 0.1, "seed": 7}])
        many = [f"text {n}" for n in range(500)]
        lots = [self.batch(many[at:at + 25]) for at in range(0, 500, 25)]
        failed = [e["Index"] + 25 * at for at, lot in enumerate(lots) for e in lot["ErrorList"]]
        self.assertTrue(30 <= len(failed) <= 70, len(failed))
        again = [self.batch(many[at:at + 25]) for at in range(0, 500, 25)]
        self.assertEqual(failed, [e["Index"] + 25 * at for at, lot in enumerate(again) for e in lot["ErrorList"]])

    def test_throttling_is_the_front_s(self):
        self.control("POST", "/faults", [{"service": "comprehend", "error": "Throttling", "times": 1}])
        self.assertEqual(self.refusal(self.batch, ["x"])[0], "ThrottlingException")
        self.batch(["x"])

    def test_secrets_are_kept(self):
        secrets = self.client("secretsmanager")
        secrets.create_secret(Name="x-token", SecretString="bearer")
        self.assertEqual(secrets.get_secret_value(SecretId="x-token")["SecretString"], "bearer")
        self.assertEqual(self.refusal(secrets.get_secret_value, SecretId="none")[0], "ResourceNotFoundException")
