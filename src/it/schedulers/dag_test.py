"""Runs the Airflow DAG for one day with the real jar, on as much of Airflow as it uses.

Airflow itself is in none of the registries that the build may use. The stand-ins below do what its
documentation says of the operators: templates are rendered, a Java pipeline is `java -jar JAR
--runner=… --name=value …` and fails unless it exits with 0, a short circuit that returns false skips
what comes after it.

Usage: dag_test.py JAR
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import types
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DAY = "2026-03-01"


class Operator:
    """The part that all operators share: an id, what comes next, and templates."""

    made = []

    def __init__(self, *, task_id):
        self.task_id = task_id
        self.next = None
        Operator.made.append(self)

    def __rshift__(self, other):
        self.next = other
        return other

    @staticmethod
    def render(value):
        if isinstance(value, dict):
            return {name: Operator.render(text) for name, text in value.items()}
        return value.replace("{{ ds }}", DAY)


class ShortCircuitOperator(Operator):
    def __init__(self, *, task_id, python_callable, op_kwargs):
        super().__init__(task_id=task_id)
        self.callable = python_callable
        self.kwargs = op_kwargs

    def execute(self):
        return self.callable(**self.render(self.kwargs))


class BeamRunJavaPipelineOperator(Operator):
    def __init__(self, *, task_id, jar, runner, pipeline_options):
        super().__init__(task_id=task_id)
        self.jar = jar
        self.runner = runner
        self.options = pipeline_options

    def execute(self):
        flags = [f"--{name}={value}" for name, value in self.render(self.options).items()]
        command = ["java", "-jar", self.jar, f"--runner={self.runner}", *flags]
        code = subprocess.run(command).returncode
        if code != 0:
            raise RuntimeError(f"Apache Beam process failed with return code {code}")
        return True


class Dag:
    def __init__(self, *, dag_id, schedule, start_date, catchup, max_active_runs, default_args):
        self.dag_id = dag_id

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return None


def module(name, **content):
    made = types.ModuleType(name)
    made.__dict__.update(content)
    sys.modules[name] = made


def load():
    module("airflow", DAG=Dag)
    module("airflow.operators")
    module("airflow.operators.python", ShortCircuitOperator=ShortCircuitOperator)
    for package in ("providers", "providers.apache", "providers.apache.beam"):
        module("airflow." + package)
    module("airflow.providers.apache.beam.operators")
    module(
        "airflow.providers.apache.beam.operators.beam",
        BeamRunJavaPipelineOperator=BeamRunJavaPipelineOperator,
    )
    Operator.made = []
    spec = importlib.util.spec_from_file_location("dag", ROOT / "scripts/airflow/sluice_dag.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def run():
    """Runs one day; the ids of the tasks that ran."""
    task, ran = Operator.made[0], []
    while task is not None:
        ran.append(task.task_id)
        task = task.next if task.execute() else None
    return ran


class DagTest(unittest.TestCase):
    jar = ""

    def setUp(self):
        self.home = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.home)
        (self.home / "sluice.jar").symlink_to(Path(self.jar).resolve())
        (self.home / "task.yaml").write_text(
            "name: topics\nprovider: {kind: local}\n"
            "output: {type: label, labels: [sports, business]}\n"
        )
        (self.home / "tickets" / DAY).mkdir(parents=True)
        os.environ["SLUICE_HOME"] = os.environ["SLUICE_DATA"] = str(self.home)
        os.environ["SLUICE_RUNNER"] = "DirectRunner"

    def documents(self, more=""):
        lines = [json.dumps({"id": str(i), "text": f"The team won {i} to 0"}) for i in range(30)]
        (self.home / "tickets" / DAY / "a.jsonl").write_text("\n".join(lines) + "\n" + more)

    def summary(self, directory=""):
        return json.loads((self.home / "topics" / DAY / directory / "summary.json").read_text())

    def test_a_day_without_dead_letters_ends_after_the_run(self):
        self.documents()
        load()
        self.assertEqual(run(), ["affordable", "run", "dead_letters"])
        self.assertEqual(self.summary()["succeeded"], 30)

    def test_dead_letters_that_may_be_answered_are_driven_again(self):
        self.documents('{"id": "odd", "words": "no text"}\n')
        dag = load()
        # What is wrong with it is wrong for good.
        self.assertEqual(run(), ["affordable", "run", "dead_letters"])
        self.assertEqual(self.summary()["deadLettersByKind"], {"bad_prompt": 1})
        day = self.home / "topics" / DAY
        summary = self.summary()
        summary["deadLettersByKind"] = {"bad_prompt": 1, "timeout": 1}
        (day / "summary.json").write_text(json.dumps(summary))
        self.assertTrue(dag.dead_letters.execute())
        late = {
            "id": "late",
            "document": {"id": "late", "text": "The team won"},
            "error": {"kind": "timeout", "message": "late"},
            "source": {"file": "a.jsonl", "position": 99},
        }
        (day / "dead-letter" / "more.jsonl").write_text(json.dumps(late) + "\n")
        dag.redrive.execute()
        self.assertEqual(self.summary("redrive")["succeeded"], 1)
        self.assertEqual(self.summary("redrive")["documents"], 2)

    def test_a_run_that_fails_fails_its_task(self):
        self.documents("\n".join('{"words": "no text"}' for _ in range(30)) + "\n")
        load()
        with self.assertRaisesRegex(RuntimeError, "return code 4"):
            run()

    def test_a_day_that_is_too_dear_sends_nothing(self):
        self.documents()
        (self.home / "task.yaml").write_text(
            "name: topics\nprovider: {kind: openai, baseUrl: 'http://localhost:1/v1'}\n"
            "model: dear\nprice: {input: 1000000, output: 1000000}\n"
            "prompt: {user: '{{text}}'}\nparameters: {max_tokens: 100}\n"
        )
        load()
        self.assertEqual(run(), ["affordable"])
        self.assertFalse((self.home / "topics").exists())


if __name__ == "__main__":
    DagTest.jar = sys.argv.pop(1)
    unittest.main()
