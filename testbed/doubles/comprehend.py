"""Comprehend's sentiment. There is no model: scores follow from a few words, always the same for the same text."""

import random
import re

from .. import faults
from ..codec import Refusal
from .common import regional

BATCH = 25
BYTES = 5_000
LANGUAGES = ("en", "es", "fr", "de", "it", "pt", "ar", "hi", "ja", "ko", "zh", "zh-TW")
GOOD = set("good great love loved best thanks thank happy awesome amazing nice excellent bien gut bon".split())
BAD = set("bad worst hate hated delayed late cancelled lost terrible awful rude angry mal schlecht mauvais".split())


class Comprehend:
    def __init__(self, region):
        self.region = region

    def detect_sentiment(self, given):
        check_language(given)
        if not given["Text"]:
            raise Refusal("InvalidRequestException", "The input text must not be empty.")
        size = len(given["Text"].encode())
        if size > BYTES:
            raise Refusal("TextSizeLimitExceededException",
                          f"Input text size exceeds limit. Max length of request text allowed is {BYTES} bytes while in "
                          f"this request the text size is {size} bytes")
        return sentiment(given["Text"])

    def batch_detect_sentiment(self, given):
        check_language(given)
        texts = given["TextList"]
        if not texts:
            raise Refusal("InvalidRequestException", "1 validation error detected: Value '[]' at 'textList' failed to "
                                                     "satisfy constraint: Member must have length greater than or equal "
                                                     "to 1")
        if len(texts) > BATCH:
            raise Refusal("BatchSizeLimitExceededException",
                          f"Input document list exceeds the limit of {BATCH} documents in a request.")
        found, wrong = [], []
        for index, text in enumerate(texts):
            error = self.error(text)
            if error:
                wrong.append({"Index": index, "ErrorCode": error[0], "ErrorMessage": error[1]})
            else:
                found.append({"Index": index, **sentiment(text)})
        return {"ResultList": found, "ErrorList": wrong}

    @staticmethod
    def error(text):
        """Code and message of what is wrong with one document of a batch."""
        if not text:
            return "VALIDATION_ERROR", "Document must not be empty."
        if len(text.encode()) > BYTES:
            return "TEXT_SIZE_LIMIT_EXCEEDED", f"Document exceeds the limit of {BYTES} bytes."
        rule = faults.document_fault(text)
        return rule and (rule.get("error", "INTERNAL_SERVER_ERROR"), rule.get("message", "Internal server error."))


def check_language(given):
    code = given["LanguageCode"]
    if code not in LANGUAGES:
        raise Refusal("UnsupportedLanguageException", f"Value '{code}' at 'languageCode' failed to satisfy constraint: "
                                                      f"Member must satisfy enum value set: [{', '.join(LANGUAGES)}]")


def sentiment(text):
    """The label and four scores that sum to 1. Only the first 500 characters count."""
    words = set(re.findall(r"\w+", text[:500].lower()))
    good, bad = len(words & GOOD), len(words & BAD)
    noise = random.Random(text).random() * 0.02
    weights = {"Positive": good + noise, "Negative": bad + noise, "Neutral": 0.2 if good or bad else 2.0,
               "Mixed": min(good, bad) * 3 + noise / 2}
    whole = sum(weights.values())
    scores = {label: weight / whole for label, weight in weights.items()}
    return {"Sentiment": max(scores, key=scores.get).upper(), "SentimentScore": scores}


REGIONS, at = regional(Comprehend)
