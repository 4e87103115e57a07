package io.sluice;

import io.sluice.ModelTask.Chunk;
import io.sluice.ModelTask.Delivery;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.Prompt;
import io.sluice.ModelTask.Provider;
import io.sluice.ModelTask.Quota;
import io.sluice.ModelTask.Retry;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A task while something about it is changed. */
final class TaskDraft {
  private final String name;
  Provider provider;
  String model;
  Operation operation;
  Prompt prompt;
  String parameters;
  Output output;
  Quota quota;
  Chunk chunk;
  Retry retry;
  Delivery delivery;
  List<Step> steps;
  Fallback fallback;
  @Nullable Cascade cascade;

  private TaskDraft(ModelTask task) {
    this.name = task.name();
    this.provider = task.provider();
    this.model = task.model();
    this.operation = task.operation();
    this.prompt = task.prompt();
    this.parameters = task.parameters();
    this.output = task.output();
    this.quota = task.quota();
    this.chunk = task.chunk();
    this.retry = task.retry();
    this.delivery = task.delivery();
    this.steps = task.steps();
    this.fallback = task.fallback();
    this.cascade = task.cascade();
  }

  /** The task with a change. */
  static ModelTask of(ModelTask task, Consumer<TaskDraft> change) {
    TaskDraft draft = new TaskDraft(task);
    change.accept(draft);
    return draft.task();
  }

  /** A chat task with every default. */
  static ModelTask chat(String name, Provider provider, String model, Prompt prompt) {
    return new ModelTask(
        name,
        provider,
        model,
        Operation.CHAT,
        prompt,
        "{}",
        Output.TEXT,
        Quota.DEFAULT,
        Chunk.DEFAULT,
        Retry.DEFAULT,
        Delivery.REALTIME,
        List.of(),
        Fallback.NONE,
        null);
  }

  private ModelTask task() {
    return new ModelTask(
        name,
        provider,
        model,
        operation,
        prompt,
        parameters,
        output,
        quota,
        chunk,
        retry,
        delivery,
        steps,
        fallback,
        cascade);
  }
}
