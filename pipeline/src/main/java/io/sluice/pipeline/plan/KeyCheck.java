package io.sluice.pipeline.plan;

import io.sluice.ModelTask;
import io.sluice.ModelTask.KeyQuota;
import io.sluice.ModelTask.KeySource;
import io.sluice.internal.http.ApiKeys;
import io.sluice.internal.plan.Targets;
import io.sluice.internal.provider.Callers;
import io.sluice.internal.provider.Providers;
import io.sluice.pipeline.words.Visible;
import io.sluice.spi.CallFailedException;
import io.sluice.spi.Connection;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether the provider is there and takes the keys of a task, by a call that costs nothing. What
 * such a call cannot tell, as of a server that has none, is said and no mistake.
 */
public final class KeyCheck {
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;

  /** Compatible servers need not have what the check asks for. */
  private static final Set<Integer> NO_LIST = Set.of(404, 405, 501);

  private final PrintStream out;
  private final PrintStream err;

  public KeyCheck(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /**
   * @return whether a run would not be stopped at once
   */
  public boolean passes(ModelTask task, ApiKeys.Environment env) {
    Targets targets = Targets.of(task, null);
    boolean passes = true;
    for (Targets.Target target : targets.all()) {
      passes &= passes(target.task(), env, targets.size() == 1 ? "" : " for " + target.name());
    }
    return passes;
  }

  private boolean passes(ModelTask task, ApiKeys.Environment env, String whose) {
    if (Providers.of(task).runsInProcess()) {
      return true;
    }
    boolean passes = true;
    Callers callers = new Callers(task, env::get);
    for (Map.Entry<KeySource, String> account : accounts(task).entrySet()) {
      KeyQuota quota = task.quota().forKey(account.getValue());
      passes &= passes(task, name(account.getValue()) + whose, callers.connection(quota));
    }
    return passes;
  }

  /** Accounts by their keys: those that share one are asked once. */
  private static Map<KeySource, String> accounts(ModelTask task) {
    Map<KeySource, String> accounts = new HashMap<>();
    accounts.put(task.provider().key(), "");
    task.quota()
        .keys()
        .forEach(
            (name, quota) -> {
              if (!quota.key().equals(KeySource.NONE)) {
                accounts.putIfAbsent(quota.key(), name);
              }
            });
    return accounts;
  }

  private static String name(String account) {
    return account.isEmpty() ? "Key" : "Key of " + account;
  }

  private boolean passes(ModelTask task, String name, Connection connection) {
    List<String> models;
    try {
      models = Providers.of(task).models(connection);
    } catch (CallFailedException e) {
      Integer status = e.failure().status();
      if (status != null && NO_LIST.contains(status)) {
        out.println(
            name
                + ": cannot be checked here: the list of models at "
                + task.provider().baseUrl()
                + " was answered "
                + status
                + ", and compatible servers need not have one; the first calls tell");
        return true;
      }
      boolean refused = status == null || status == UNAUTHORIZED || status == FORBIDDEN;
      (refused ? err : out)
          .println(
              name
                  + (status == null
                      ? ": the provider cannot be reached: "
                      : refused ? ": refused: " : ": cannot be checked here: ")
                  + Visible.line(String.valueOf(e.getMessage())));
      return !refused;
    }
    out.println(name + (models == null ? ": not checked" : ": taken" + listed(task, models)));
    return true;
  }

  /** Some models are not listed and answer all the same. */
  private static String listed(ModelTask task, @Nullable List<String> models) {
    List<String> names = new ArrayList<>(models == null ? List.of() : models);
    return names.isEmpty() || names.contains(task.model())
        ? ""
        : "; the model "
            + task.model()
            + " is not among the "
            + names.size()
            + " that the provider lists for it";
  }
}
