package io.sluice.internal.provider.bedrock;

import io.sluice.internal.http.Signer;
import java.io.ByteArrayInputStream;
import java.net.URI;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** Signs requests in a process in which every logger says all it has. */
final class LoudSignature {
  static final String SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  static final String TOKEN = "FwoGZXIvYXdzEBYaDEXAMPLETOKEN0123456789";

  private LoudSignature() {}

  public static void main(String[] arguments) throws Exception {
    Signer signer =
        new AwsSignature(
            StaticCredentialsProvider.create(
                AwsSessionCredentials.create("AKIDEXAMPLE", SECRET, TOKEN)),
            "us-east-1",
            arguments[0]);
    int headers =
        signer
            .sign(
                "POST",
                URI.create("https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse"),
                "application/json",
                () -> new ByteArrayInputStream(new byte[] {'{', '}'}))
            .size();
    System.out.println("done, headers: " + headers);
  }
}
