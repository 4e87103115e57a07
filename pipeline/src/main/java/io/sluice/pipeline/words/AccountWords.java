package io.sluice.pipeline.words;

import io.sluice.internal.quota.AccountKey;

/** Accounts at models, for people. */
public final class AccountWords {
  private AccountWords() {}

  /** Empty for the task's own account at its own model. */
  public static String of(String ledgerKey) {
    AccountKey key = AccountKey.of(ledgerKey);
    return key.model().isEmpty()
        ? key.account()
        : key.account().isEmpty()
            ? "model " + key.model()
            : key.account() + " at model " + key.model();
  }
}
