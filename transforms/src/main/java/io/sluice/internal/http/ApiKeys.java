package io.sluice.internal.http;

import io.sluice.ModelTask.KeySource;
import io.sluice.internal.text.FileReason;
import io.sluice.spi.ApiKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds API keys where tasks say they are. */
public final class ApiKeys {
  /** Looks up an environment variable. */
  public interface Environment {
    @Nullable String get(String name);
  }

  /**
   * OpenAI's and Anthropic's, Groq's, Hugging Face's, Google's, xAI's, Perplexity's, NVIDIA's,
   * Replicate's, AWS's, Bedrock's, and a token's.
   */
  private static final Pattern BEGINNING =
      Pattern.compile(
          "sk[-_]|gsk_|hf_[A-Za-z]{20}|AIza|xai-|pplx-|nvapi-|r8_[A-Za-z0-9]{20}"
              + "|A[KS]IA[A-Z0-9]{16}|ABSK[A-Za-z0-9]{16}|eyJ[A-Za-z0-9_-]{17}");

  /** As long as a key, and of nothing but its characters. */
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_-]{12,}");

  private static final int LONGEST_WORD = 16;
  private static final Pattern DIGITS = Pattern.compile("[0-9]+");

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
      return ApiKey.of(present(secrets.apply(secret), "The secret " + secret, ""));
    }
    String name = source.env();
    if ((name != null && looksLikeKey(name))
        || (source.file() != null && looksLikeKey(source.file()))) {
      throw new IllegalStateException(
          "The task has a key where the name of the environment variable or file that holds it is"
              + " expected; take it out of the task, and make a new key");
    }
    if (name != null) {
      return ApiKey.of(
          present(
              env.get(name),
              "The environment variable " + name,
              ", as by export " + name + "=… before the same command"));
    }
    String file = source.file();
    if (file == null) {
      throw new IllegalStateException("The task names no API key");
    }
    try {
      return ApiKey.of(present(Files.readString(Path.of(file)), "The API key file " + file, ""));
    } catch (IOException e) {
      throw new IllegalStateException(
          "The API key file " + file + " cannot be read on this worker: " + FileReason.of(e), e);
    }
  }

  private static String present(@Nullable String value, String where, String how) {
    if (value == null || value.isBlank()) {
      throw new IllegalStateException(
          where
              + (value == null ? " is not set" : " is empty")
              + " on this worker; it must hold the provider's API key"
              + how);
    }
    String key = value.strip();
    if (!key.chars().allMatch(c -> c > ' ' && c < 127)) {
      throw new IllegalStateException(where + " does not hold an API key: it has odd characters");
    }
    return key;
  }

  /**
   * Whether a text is a key, where a name or a path was to be: it begins as one does, or is as
   * mixed as nobody's names are. What looks like one is not to be repeated.
   */
  public static boolean looksLikeKey(String text) {
    if (BEGINNING.matcher(text).lookingAt()) {
      return true;
    }
    for (String part : text.split("[_/.\\\\ -]", -1)) {
      if (part.length() >= LONGEST_WORD && DIGITS.split(part, -1).length > 3) {
        return true;
      }
    }
    return false;
  }

  /** A text that quotes what a person wrote, without the words in it that begin as keys do. */
  public static String withoutKeys(String text) {
    return replaced(text, word -> BEGINNING.matcher(word).lookingAt());
  }

  /** As above, and without what {@link #looksLikeKey looks like one}, as parts of paths may. */
  public static String withoutLikelyKeys(String text) {
    return replaced(text, ApiKeys::looksLikeKey);
  }

  private static String replaced(String text, Predicate<String> isKey) {
    return WORD.matcher(text)
        .replaceAll(
            found -> isKey.test(found.group()) ? "***" : Matcher.quoteReplacement(found.group()));
  }

  /** Whether a name is one of a secret's version in Google's Secret Manager. */
  public static boolean isSecretName(String name) {
    return SecretManager.NAME.matcher(name).matches();
  }
}
