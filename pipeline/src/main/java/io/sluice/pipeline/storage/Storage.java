package io.sluice.pipeline.storage;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.apache.beam.sdk.io.FileSystems;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.jspecify.annotations.Nullable;

/** What Beam's file systems of object stores need to be told, from flags and the environment. */
public final class Storage {
  /** Any will do where none is asked: it only must be there. */
  private static final String SOME_REGION = "us-east-1";

  private static final Pattern FILE =
      Pattern.compile("^file:(//(localhost(?=/))?)?", Pattern.CASE_INSENSITIVE);

  private Storage() {}

  /**
   * A place on this machine by its path, also where it is named as a URL ({@code file:///data});
   * any other as it is. What holds a place to one job at a time knows it by one name.
   */
  public static String plain(String place) {
    return FILE.matcher(place).replaceFirst("");
  }

  /**
   * The flags with what they leave open. A server of S3's protocol that is not Amazon's is found by
   * {@code --endpoint}, or {@code AWS_ENDPOINT_URL_S3} or {@code AWS_ENDPOINT_URL}; buckets are
   * part of its paths, not of its host's name.
   *
   * @param args Beam's flags
   * @param places every place that is read or written, null for none
   */
  public static List<String> complete(
      List<String> args, List<@Nullable String> places, Function<String, @Nullable String> env) {
    List<String> complete = new ArrayList<>(args);
    boolean s3 = places.stream().anyMatch(place -> place != null && place.contains("s3://"));
    String named = env.apply("AWS_ENDPOINT_URL_S3");
    String endpoint = named == null ? env.apply("AWS_ENDPOINT_URL") : named;
    if (s3 && endpoint != null && !has(args, "endpoint")) {
      complete.add("--endpoint=" + endpoint);
    }
    boolean compatible = has(complete, "endpoint");
    if (compatible && !has(args, "s3ClientFactoryClass")) {
      complete.add("--s3ClientFactoryClass=" + PathStyleS3.class.getName());
    }
    // Without a region Amazon's client asks a service of their machines for it, s3 or not.
    boolean asked = env.apply("AWS_REGION") != null || has(args, "awsRegion");
    if (!asked && (compatible || !s3)) {
      complete.add("--awsRegion=" + SOME_REGION);
    }
    return complete;
  }

  /** Makes the file systems known to a verb that runs no pipeline. */
  public static void register(@Nullable String... places) {
    List<@Nullable String> named = new ArrayList<>();
    for (String place : places) {
      named.add(place);
    }
    List<String> args = complete(List.of(), named, System::getenv);
    FileSystems.setDefaultPipelineOptions(
        PipelineOptionsFactory.fromArgs(args.toArray(new String[0])).create());
  }

  private static boolean has(List<String> args, String name) {
    return args.stream().anyMatch(arg -> arg.startsWith("--" + name + "="));
  }
}
