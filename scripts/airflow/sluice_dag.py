"""Sluice once a day: estimate as a gate, run, and one re-drive of the dead letters.

Copy it into the DAGs folder and set what is in capitals. It needs Airflow 2.4 or later with the
provider package for Apache Beam, and Java 17 on the Airflow workers.

A run ends with Sluice's exit code, and the operator fails its task for every code but 0. After
3 (budget), 5 (provider) and 130 or 143 (interrupted) the same command continues the job, so a retry of
the task goes on where the last one stopped, and pays for nothing twice.
"""

from __future__ import annotations

import json
import os
import subprocess
from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.python import ShortCircuitOperator
from airflow.providers.apache.beam.operators.beam import BeamRunJavaPipelineOperator

HOME = os.environ.get("SLUICE_HOME", "/opt/sluice")
DATA = os.environ.get("SLUICE_DATA", "/data")
JAR = HOME + "/sluice.jar"
TASK = HOME + "/task.yaml"
# A directory a day: it belongs to that day's run, whichever try of it.
INPUT = DATA + "/tickets/{{ ds }}/*.jsonl"
OUTPUT = DATA + "/topics/{{ ds }}"
# DirectRunner, FlinkRunner (with flinkMaster among the options: a cluster) or DataflowRunner.
RUNNER = os.environ.get("SLUICE_RUNNER", "FlinkRunner")
# What a day may cost. Above it nothing is sent, and a person decides.
MOST_USD = "20"


def options(source: str, target: str, most_failures: str) -> dict[str, str]:
    """The flags of a run, which the operator passes on as --name=value."""
    return {
        "task": TASK,
        "input": source,
        "output": target,
        # One ledger for both runs: what the first has paid counts against the day's budget.
        "ledger": OUTPUT + "/ledger",
        "budgetUsd": MOST_USD,
        "maxFailureRate": most_failures,
    }


def is_affordable(source: str) -> bool:
    """Counts every document and prices the job; sends nothing."""
    command = ["java", "-jar", JAR, "estimate", f"--task={TASK}", f"--input={source}", "--json"]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    estimate = json.loads(printed)
    # The first model is the task's own; the others are cheaper ones.
    at_most = estimate["models"][0]["realtimeUsd"]["atMost"]
    if at_most is None:
        raise ValueError("the model has no known price: say price in the task")
    print(f"{estimate['documents']} documents, at most {at_most} of {MOST_USD} USD")
    return float(at_most) <= float(MOST_USD)


# What comes of asking these again is the same: they want a person, or another task.
FOR_GOOD = {"bad_input", "bad_prompt", "too_large", "bad_request", "content_filter", "refusal"}


def has_dead_letters(output: str) -> bool:
    """Reads summary.json, which a run writes once all its outputs are in place."""
    with open(output + "/summary.json", encoding="utf-8") as file:
        summary = json.load(file)
    print(f"{summary['succeeded']} answers, {summary['deadLettersByKind']} dead letters")
    return any(kind not in FOR_GOOD for kind in summary["deadLettersByKind"])


with DAG(
    dag_id="sluice_ticket_topics",
    schedule="@daily",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    # Runs share the account's quota, and none knows of the others.
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
) as dag:
    affordable = ShortCircuitOperator(
        task_id="affordable", python_callable=is_affordable, op_kwargs={"source": INPUT}
    )
    run = BeamRunJavaPipelineOperator(
        task_id="run",
        jar=JAR,
        runner=RUNNER,
        pipeline_options=options(INPUT, OUTPUT, "0.05"),
    )
    dead_letters = ShortCircuitOperator(
        task_id="dead_letters", python_callable=has_dead_letters, op_kwargs={"output": OUTPUT}
    )
    redrive = BeamRunJavaPipelineOperator(
        task_id="redrive",
        jar=JAR,
        runner=RUNNER,
        pipeline_options=options(OUTPUT + "/dead-letter/*.jsonl", OUTPUT + "/redrive", "1"),
    )
    affordable >> run >> dead_letters >> redrive
