package io.sluice.internal.quota;

/**
 * An account as a ledger's keys and Beam's state name it. Where a task asks several models, each of
 * them has limits of its own at an account: those of the task's own model go by the account alone,
 * as they do where it asks no other.
 *
 * @param account a quota key; empty for the task's own
 * @param model the name of the other model; empty for the task's own
 */
public record AccountKey(String account, String model) {
  /** No name of an account or a model has it. */
  private static final char SEPARATOR = '\u001f';

  /** The reverse of {@link #key}. */
  public static AccountKey of(String key) {
    int at = key.lastIndexOf(SEPARATOR);
    return at < 0
        ? new AccountKey(key, "")
        : new AccountKey(key.substring(0, at), key.substring(at + 1));
  }

  public String key() {
    return model.isEmpty() ? account : account + SEPARATOR + model;
  }
}
