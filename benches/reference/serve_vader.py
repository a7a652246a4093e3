"""VADER behind FastAPI: the endpoint's shape, as a Python user would write it.

usage: uvicorn --app-dir benches/reference serve_vader:app --port 8000 --workers 2 --no-access-log
needs: pip install -r benches/reference/requirements-serve.txt

POST /predict takes {"texts": [...]} and gives one score for each, with VADER's usual thresholds for the label;
GET /health says that it is there. The handler is a coroutine: the work is all CPU, and handing it to FastAPI's
threads makes it slower.
"""

from fastapi import FastAPI
from pydantic import BaseModel
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer


class Request(BaseModel):
    texts: list[str]


class Score(BaseModel):
    label: str
    positive: float
    negative: float
    neutral: float
    mixed: float


class Answer(BaseModel):
    model: str
    scores: list[Score]


app = FastAPI()
analyzer = SentimentIntensityAnalyzer()


def score(text: str) -> Score:
    found = analyzer.polarity_scores(text)
    compound = found["compound"]
    label = "positive" if compound >= 0.05 else "negative" if compound <= -0.05 else "neutral"
    return Score(label=label, positive=found["pos"], negative=found["neg"], neutral=found["neu"], mixed=0.0)


@app.post("/predict")
async def predict(request: Request) -> Answer:
    return Answer(model="vader", scores=[score(text) for text in request.texts])


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}
