package io.sluice.internal.http;

import io.sluice.ModelTask.KeySource;
import io.sluice.spi.ApiKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Finds API keys where tasks say they are. */
public final class ApiKeys {
  /** Looks up an environment variable. */
  public interface Environment {
    @Nullable String get(String name);
  }

  private ApiKeys() {}

  /**
   * Reads a key from where the task says it is.
   *
   * @throws IllegalStateException if it is not there; the message names the place
   */
  public static ApiKey resolve(KeySource source, Environment env) {
    return resolve(source, env, SecretManager::read);
  }

  static ApiKey resolve(KeySource source, Environment env, UnaryOperator<String> secrets) {
    String secret = source.secret();
    if (secret != null) {
      return ApiKey.of(present(secrets.apply(secret), "The secret " + secret));
    }
    String name = source.env();
    if (name != null) {
      return ApiKey.of(present(env.get(name), "The environment variable " + name));
    }
    String file = source.file();
    if (file == null) {
      throw new IllegalStateException("The task names no API key");
    }
    try {
      return ApiKey.of(present(Files.readString(Path.of(file)), "The API key file " + file));
    } catch (IOException e) {
      throw new IllegalStateException(
          "The API key file " + file + " cannot be read on this worker: " + e.getMessage(), e);
    }
  }

  private static String present(@Nullable String value, String where) {
    if (value == null || value.isBlank()) {
      throw new IllegalStateException(
          where
              + (value == null ? " is not set" : " is empty")
              + " on this worker; it must hold the provider's API key");
    }
    String key = value.strip();
    if (!key.chars().allMatch(c -> c > ' ' && c < 127)) {
      throw new IllegalStateException(where + " does not hold an API key: it has odd characters");
    }
    return key;
  }

  /** Whether a name is one of a secret's version in Google's Secret Manager. */
  public static boolean isSecretName(String name) {
    return SecretManager.NAME.matcher(name).matches();
  }
}
