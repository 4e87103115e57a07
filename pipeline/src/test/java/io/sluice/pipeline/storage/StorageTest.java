package io.sluice.pipeline.storage;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import java.util.List;
import java.util.Map;
import org.apache.beam.sdk.io.aws2.options.S3Options;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.junit.jupiter.api.Test;

class StorageTest {
  private static final String CLASS =
      "--s3ClientFactoryClass=io.sluice.pipeline.storage.PathStyleS3";

  private static List<String> complete(
      List<String> args, List<String> places, Map<String, String> env) {
    return Storage.complete(args, places, env::get);
  }

  @Test
  void withoutS3_noRegionIsLookedUp() {
    assertThat(
        complete(List.of(), List.of("/data/*.jsonl", "out"), Map.of()),
        is(List.of("--awsRegion=us-east-1")));
  }

  @Test
  void amazonsOwn_findsRegionAndKeysAsAlways() {
    assertThat(complete(List.of(), List.of("s3://b/in/*"), Map.of()), is(List.of()));
    assertThat(
        complete(List.of(), List.of("out"), Map.of("AWS_REGION", "eu-west-1")), is(List.of()));
  }

  @Test
  void endpoints_ofFlagAndEnvironment_haveBucketsInThePath() {
    assertThat(
        complete(List.of("--endpoint=http://minio:9000"), List.of("s3://b"), Map.of()),
        is(List.of("--endpoint=http://minio:9000", CLASS, "--awsRegion=us-east-1")));
    Map<String, String> env =
        Map.of(
            "AWS_ENDPOINT_URL", "http://other:1",
            "AWS_ENDPOINT_URL_S3", "http://minio:9000",
            "AWS_REGION", "eu-west-1");
    assertThat(
        complete(List.of(), List.of("a.csv, s3://b/*"), env),
        is(List.of("--endpoint=http://minio:9000", CLASS)));
    assertThat(complete(List.of(), List.of("a.csv"), env), is(List.of()));
  }

  @Test
  void flagsOfS3_areKnown() {
    S3Options options =
        PipelineOptionsFactory.fromArgs(
                "--awsRegion=us-east-1", CLASS, "--s3UploadBufferSizeBytes=5242880")
            .as(S3Options.class);
    assertThat(options.getS3ClientFactoryClass(), is(PathStyleS3.class));
  }
}
