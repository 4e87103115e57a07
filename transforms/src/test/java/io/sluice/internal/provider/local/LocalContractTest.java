package io.sluice.internal.provider.local;

import io.sluice.ModelTask;
import io.sluice.ModelTask.Operation;
import io.sluice.ModelTask.Output;
import io.sluice.ModelTask.Prompt;
import io.sluice.Usage;
import io.sluice.spi.ProviderContractTest;
import io.sluice.spi.ScriptedServer.Answer;

/** What is expected of a provider without a server; its answers are in {@link LocalCallerTest}. */
class LocalContractTest extends ProviderContractTest {
  @Override
  protected String kind() {
    return "local";
  }

  @Override
  protected boolean supportsServer() {
    return false;
  }

  @Override
  protected boolean supportsSchemas() {
    return false;
  }

  @Override
  protected ModelTask task() {
    return ModelTask.of("contract", provider(""), LocalCaller.MODEL, new Prompt(null, "{{text}}"))
        .withOutput(Output.ofLabels("bug", "praise"));
  }

  @Override
  protected String route(Operation operation) {
    throw noServer();
  }

  @Override
  protected String answer(String text, Usage usage) {
    throw noServer();
  }

  @Override
  protected String notAnAnswer(NotAnAnswer way) {
    throw noServer();
  }

  @Override
  protected Answer trouble(Trouble trouble, String message) {
    throw noServer();
  }

  private static UnsupportedOperationException noServer() {
    return new UnsupportedOperationException("The model is in this process");
  }
}
