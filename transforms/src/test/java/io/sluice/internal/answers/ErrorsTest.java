package io.sluice.internal.answers;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.sluice.ErrorKind;
import io.sluice.internal.http.hints.AnswerHeaders;
import io.sluice.spi.RateHeaders;
import io.sluice.spi.Reply;
import io.sluice.spi.Reply.Scope;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Errors in the words of many providers, as they send them or sent them. */
class ErrorsTest {
  private static Reply.Failed classify(int status, String body) {
    return Errors.classify(status, AnswerHeaders.of(), body, "POST http://h/v1", RateHeaders.NONE);
  }

  /** In the envelopes that providers wrap their words in. */
  private static Reply.Failed said(int status, String message) {
    String text = JsonNodeFactory.instance.textNode(message).toString();
    Reply.Failed failed = classify(status, "{\"error\":{\"message\":" + text + "}}");
    for (String envelope :
        new String[] {
          "[{\"error\":{\"code\":%d,\"message\":%s,\"status\":\"INVALID_ARGUMENT\"}}]",
          "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":%2$s}}",
          "{\"error\":%2$s}",
          "{\"detail\":%2$s}",
          "{\"detail\":[{\"loc\":[\"body\",\"x\"],\"msg\":%2$s,\"type\":\"value_error\"}]}",
          "{\"object\":\"error\",\"message\":%2$s,\"code\":%1$d}",
          "{\"code\":\"InvalidParameter\",\"message\":%2$s,\"request_id\":\"x\"}",
          "{\"error\":{\"message\":\"Provider returned error\",\"metadata\":{\"raw\":%2$s}}}"
        }) {
      Reply.Failed other = classify(status, String.format(envelope, status, text));
      assertThat(envelope, other.kind(), is(failed.kind()));
      assertThat(envelope, other.message(), containsString(message.substring(0, 15)));
    }
    return failed;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // OpenAI, Azure
        "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens (8000"
            + " in the messages, 1000 in the completion). Please reduce the length of the messages.",
        "Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 300000"
            + " tokens. Please reduce the length of the messages.",
        "Invalid 'input': string too long. Expected a string with maximum length 1048576, but got a"
            + " string with length 2000000 instead.",
        // Anthropic
        "prompt is too long: 215000 tokens > 200000 maximum",
        "input length and `max_tokens` exceed context limit: 198000 + 8000 > 200000, decrease input"
            + " length or `max_tokens` and try again",
        // Gemini
        "The input token count (1337807) exceeds the maximum number of tokens allowed (1048576).",
        // llama.cpp
        "request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it",
        "the request exceeds the available context size, try increasing it",
        // xAI
        "This model's maximum prompt length is 131072 but the request contains 150000 tokens.",
        // vLLM
        "The decoder prompt (length 5000) is longer than the maximum model length of 4096. Make sure"
            + " that `max_model_len` is no smaller than the number of text tokens.",
        "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens in"
            + " the messages, Please reduce the length of the messages.",
        // Mistral
        "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum"
            + " context length",
        // Groq
        "Please reduce the length of the messages or completion.",
        // TGI, TEI
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000"
            + " `inputs` tokens and 20 `max_new_tokens`",
        "Input validation error: `inputs` must have less than 512 tokens. Given: 600",
        // DashScope, Ark, Moonshot
        "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 30720]",
        "Total tokens of image and text exceed max message tokens",
        "Invalid request: Your request exceeded model token limit: 8192",
        // Bedrock
        "Input is too long for requested model.",
        // Cohere
        "too many tokens: size limit exceeded by 123 tokens. Try using shorter or fewer inputs.",
        // DeepSeek, Together, Fireworks
        "This model's maximum context length is 131072 tokens. However, you requested 140000 tokens",
        "Input length 9000 exceeds maximum allowed token size 8192",
        "The prompt is too long: 10000, model maximum context length: 8192",
        // LM Studio
        "Trying to keep the first 9000 tokens when context the overflows. However, the model is"
            + " loaded with context length of only 8192 tokens, which is not enough. Try to load the"
            + " model with a larger context length, or provide a shorter input",
        // OpenRouter
        "This endpoint's maximum context length is 32768 tokens. However, you requested about 40000"
            + " tokens (39000 of text input, 1000 in the output)."
      })
  void aRequestThatIsTooLong(String message) {
    for (int status : new int[] {400, 422, 413}) {
      Reply.Failed failed = said(status, message);
      assertThat(failed.kind(), is(ErrorKind.TOO_LARGE));
      assertThat(failed.scope(), is(Scope.ROW));
      assertThat(failed.retryable(), is(false));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Output blocked by content filtering policy",
        "The response was filtered due to the prompt triggering Azure OpenAI's content management"
            + " policy. Please modify your prompt and retry.",
        "Your request was rejected as a result of our safety system. Your prompt may contain text"
            + " that is not allowed by our safety system.",
        "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
        "Content Exists Risk",
        "Input data may contain inappropriate content.",
        "<400> InternalError.Algo.DataInspectionFailed: Output data may contain inappropriate"
            + " content.",
        "The request is blocked due to safety settings: prohibited use",
        "Your input was flagged by our moderation endpoint",
        "The request violates our content policies and was refused",
        "Content violates usage guidelines. Team: x, API key ID: y, Model: z, Failed check: SAFETY",
        "The input text may contain sensitive information, which was detected",
        "Guardrail was intervened: the request was blocked"
      })
  void aRequestThatAFilterStopped(String message) {
    Reply.Failed failed = said(400, message);
    assertThat(failed.kind(), is(ErrorKind.CONTENT_FILTER));
    assertThat(failed.scope(), is(Scope.ROW));
    assertThat(failed.retryable(), is(false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Failed to generate JSON. Please adjust your prompt. See 'failed_generation' for more"
            + " details.",
        "Failed to generate a valid JSON object",
        "The model output is not valid JSON",
        "Generated output does not match the expected JSON schema",
        "Failed to produce structured output after 3 tries",
        "model generated malformed json in its response"
      })
  void aModelThatFailedAtItsFormat_isAskedAgain(String message) {
    for (int status : new int[] {400, 422, 500}) {
      Reply.Failed failed = said(status, message);
      assertThat(failed.kind(), is(ErrorKind.INVALID_OUTPUT));
      assertThat(failed.retryable(), is(true));
    }
  }

  @Test
  void whatTheModelGenerated_isKept() {
    Reply.Failed failed =
        classify(
            400,
            "{\"error\":{\"message\":\"x\",\"code\":\"json_validate_failed\","
                + "\"failed_generation\":\"{\\\"label\\\": \\ud83d\"}}");
    assertThat(failed.kind(), is(ErrorKind.INVALID_OUTPUT));
    assertThat(failed.raw(), is("{\"label\": \uFFFD"));
    assertThat(classify(400, "{\"error\":{\"message\":\"x\"}}").raw(), is(nullValue()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "API key not valid. Please pass a valid API key.",
        "Incorrect API key provided: sk-x",
        "Invalid API key in request",
        "Your API key is expired or revoked",
        "No API key provided, the access token is missing"
      })
  void aWrongKeyIn400_isTheAccounts(String message) {
    assertThat(said(400, message).scope(), is(Scope.ACCOUNT));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Your credit balance is too low to access the Anthropic API.",
        "Insufficient Balance, please recharge",
        "You have reached your specified API usage limits",
        "Budget has been exceeded! Current cost: 10.51",
        "Your account is overdue or in arrears",
        "You have run out of credits for this account",
        "This organization has reached its monthly spending limit"
      })
  void anAccountThatIsSpent(String message) {
    for (int status : new int[] {400, 402, 403, 429}) {
      Reply.Failed failed = said(status, message);
      assertThat(failed.kind(), is(ErrorKind.ACCOUNT));
      assertThat(failed.message(), containsString("credit"));
    }
  }

  /** What servers say to a gateway, under whatever status it has for that. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        // Bedrock's, through LiteLLM and aws-samples' gateway
        "litellm.APIConnectionError: BedrockException - Too many tokens, please wait before trying"
            + " again.",
        "An error occurred (ThrottlingException) when calling the Converse operation (reached max"
            + " retries: 4): Too many requests, please wait before trying again.",
        "Rate exceeded for this account",
        "litellm.APIError: OpenAIException - Error code: 429 - Rate limit reached for gpt-4o",
        "litellm.RateLimitError: VertexAIException - quota",
        "litellm.InternalServerError: Overloaded",
        // Of servers that broke, and blame the request
        "Model unloaded. Load it again",
        "The model has crashed without additional information. (Exit code: 184)",
        "Failed to process the request(s) for model instance: CUDA out of memory",
        "Request failed during generation: Server error",
        "Internal Server Error, sorry",
        "ModelNotReadyException: Model is not ready for inference."
      })
  void whatAGatewayWasTold_isAskedAgain_butWordsMayBeTheDocuments(String message) {
    for (int status : new int[] {400, 422, 424, 500}) {
      Reply.Failed failed = said(status, message);
      assertThat(failed.kind(), is(ErrorKind.SERVER_ERROR));
      assertThat(failed.scope(), is(Scope.ROW));
      assertThat(failed.retryable(), is(true));
    }
  }

  /** Words that are near to others' meaning, and are none of it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "max_tokens is too large: 50000. This model supports at most 16384 completion tokens, whereas"
            + " you provided 50000.",
        "max_tokens: 50000 > 8192, which is the maximum allowed number of output tokens for claude-x",
        "Unsupported parameter: 'temperature' is not supported with this model.",
        "temperature: Input should be less than or equal to 2",
        "Invalid schema for response_format 'row': 'additionalProperties' is required",
        "We could not parse the JSON body of your request. (HINT: invalid JSON)",
        "Value error, batch size is invalid, it should not be larger than 10.: input.contents",
        "Missing required parameter: 'messages'.",
        "'messages' must contain the word 'json' in some form, to use 'response_format'",
        "Stream must be set to true",
        "Invalid value: 'high'. Supported values are: 'low' and 'medium'."
      })
  void othersStayWhatTheyAre(String message) {
    Reply.Failed failed = said(400, message);
    assertThat(failed.kind(), is(ErrorKind.BAD_REQUEST));
    assertThat(failed.scope(), is(Scope.ROW));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          # Gemini's words for a rate are others' for an account
          429|{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details. Please retry in 15s.","status":"RESOURCE_EXHAUSTED"}}|RATE_LIMITED|RATE
          [ 429]|{}|RATE_LIMITED|RATE
          # a wall of a network is no filter
          403|{"message":"Request blocked by the organization policy of your network firewall"}|ACCOUNT|ACCOUNT
          403|{"error":{"code":"content_filter","message":"no"}}|CONTENT_FILTER|ROW
          400|<html>Request blocked for safety reasons</html>|BAD_REQUEST|ROW
          # numbers as codes, n_ctx
          400|{"error":{"code":400,"message":"no","n_prompt_tokens":9000,"n_ctx":8192}}|TOO_LARGE|ROW
          500|{"error":{"message":"context size exceeded: prompt of 9000 tokens is too long"}}|TOO_LARGE|ROW
          500|{"error":{"message":"something broke"}}|SERVER_ERROR|ROW
          200529|{}|SERVER_ERROR|ROW
          402|{"error":{"message":"in-flight","code":402}}|ACCOUNT|ACCOUNT
          404|{"error":{"code":404,"message":"model 'x' not found"}}|ACCOUNT|ACCOUNT
          400|{"error":{"message":"model x does not exist"}}|ACCOUNT|ACCOUNT
          400|{"title":"Bad Request","status":400,"detail":"prompt is too long"}|TOO_LARGE|ROW
          400|{"error":"invalid_request","error_description":"no such thing"}|BAD_REQUEST|ROW
          400|{"errors":[{"message":"prompt is too long: 9 tokens"}]}|TOO_LARGE|ROW
          # AWS' names; a quota of a day, under any status; Azure's API Management
          400|{"__type":"com.amazon.coral.availability#ThrottlingException","message":"no"}|RATE_LIMITED|RATE
          500|{"detail":"(ThrottlingException): Too many tokens per day, please wait before trying again."}|ACCOUNT|ACCOUNT
          400|{"detail":"(AccessDeniedException): You don't have access to the model with the specified model ID."}|ACCOUNT|ACCOUNT
          400|{"detail":"(ExpiredTokenException): The security token included in the request is expired"}|ACCOUNT|ACCOUNT
          403|{"statusCode":403,"message":"Token quota is exceeded. Try again in 12 seconds."}|RATE_LIMITED|RATE
          403|{"statusCode":403,"message":"Out of call volume quota."}|ACCOUNT|ACCOUNT
          429|{"message":"Your key is limited to 1000 API calls / month."}|ACCOUNT|ACCOUNT
          429|{"errors":[{"message":"you have used up your daily free allocation of 10,000 neurons","code":4006}]}|ACCOUNT|ACCOUNT
          400|{"error":{"message":"no","type":"rate_limit_error"}}|RATE_LIMITED|RATE
          # Fireworks
          412|{"error":{"message":"Account acme is suspended, possibly due to reaching the monthly spending limit"}}|ACCOUNT|ACCOUNT
          412|{"error":{"message":"no"}}|BAD_REQUEST|ROW
          424|{}|SERVER_ERROR|ROW
          494|<html>Request Header Or Cookie Too Large</html>|ACCOUNT|ACCOUNT
          # LiteLLM, llama.cpp, Qianfan
          400|{"error":{"message":"litellm.ContextWindowExceededError: no"}}|TOO_LARGE|ROW
          500|{"error":{"message":"input is too large to process. increase the physical batch size"}}|TOO_LARGE|ROW
          400|{"error_code":336103,"error_msg":"the max input characters is 4800"}|TOO_LARGE|ROW
          413|{"error":{"message":"Request too large for model on tokens per minute (TPM): rate limit reached","code":"rate_limit_exceeded"}}|TOO_LARGE|ROW
          # Zhipu: no credit, too much at once, a filter, too long
          429|{"error":{"code":"1113","message":"余额不足或无可用资源包,请充值。"}}|ACCOUNT|ACCOUNT
          429|{"error":{"code":"1302","message":"您当前使用该API的并发数过高"}}|RATE_LIMITED|RATE
          400|{"error":{"code":"1301","message":"系统检测到输入或生成内容可能包含不安全或敏感内容"}}|CONTENT_FILTER|ROW
          400|{"error":{"code":"1261","message":"Prompt 超长"}}|TOO_LARGE|ROW
          """)
  void structureCounts(String status, String body, ErrorKind kind, Scope scope) {
    int given = Integer.parseInt(status.replaceAll("\\D", ""));
    Reply.Failed failed = classify(given, body);
    assertThat(failed.kind(), is(kind));
    assertThat(failed.scope(), is(scope));
  }

  /** An error that came with 200 has no status: its words are all that there is. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"choices":null,"base_resp":{"status_code":1004,"status_msg":"login fail: Please carry the key"}}|ACCOUNT
          {"choices":null,"base_resp":{"status_code":1026,"status_msg":"input new_sensitive"}}|CONTENT_FILTER
          {"choices":null,"base_resp":{"status_code":1002,"status_msg":"rate limit"}}|RATE_LIMITED
          {"error_code":17,"error_msg":"Open api daily request limit reached"}|ACCOUNT
          {"error_code":110,"error_msg":"Access token invalid or no longer valid"}|ACCOUNT
          {"error_code":336103,"error_msg":"the max input characters is 4800"}|TOO_LARGE
          {"error":{"message":"The user input contains sensitive information(code=10013)"}}|CONTENT_FILTER
          """)
  void anErrorWithin200(String body, ErrorKind kind) throws Exception {
    JsonNode root = new ObjectMapper().readTree(body);
    Reply.Failed failed = Errors.within(root, AnswerHeaders.of(), "X", RateHeaders.NONE);
    assertThat(Objects.requireNonNull(failed).kind(), is(kind));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"error":{"code":"a","type":"b","message":"m"}}|a
          {"error":{"code":null,"type":"b","message":"m"}}|b
          {"error":{"code":400,"status":"INVALID_ARGUMENT","message":"m"}}|INVALID_ARGUMENT
          {"error":{"code":400,"message":"m"}}|400
          {"type":"error","error":{"type":"rate_limit_error","details":{"error_code":"spent"}}}|spent
          {"error":"m","error_type":"validation"}|validation
          {"detail":"m"}|
          """)
  void codes_areTextOrNumbers(String body, @Nullable String code) {
    assertThat(classify(400, body).code(), is(code));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Input file not found",
        "The input file must be in a processed state before a batch can be created. Current status:"
            + " pending.",
        "Cannot find file file-abc",
        "No such File object: file-abc",
        "File file-abc is not ready",
        "File is still being processed, try again later",
        "The file has not yet been uploaded or is not available: file not yet available"
      })
  void aFileThatIsNotReady(String message) {
    assertThat(Errors.isOfFileNotReady(said(400, message)), is(true));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "This endpoint is not supported",
        "The input file has an invalid line 3",
        "Invalid value for completion_window",
        "You have too many batches in progress"
      })
  void aRefusalForAnotherReason(String message) {
    assertThat(Errors.isOfFileNotReady(said(400, message)), is(false));
  }

  @Test
  void aLongMessage_isCutBetweenCharacters_andHasNoHalf() {
    Reply.Failed failed = said(400, "m".repeat(480) + "\uD83D\uDE00".repeat(40) + " no");
    assertThat(failed.message().contains("\uFFFD"), is(false));
    assertThat(failed.message().length(), is(lessThan(700)));
    assertThat(
        classify(400, "{\"error\":{\"message\":\"a\\ud83d\"}}").message(),
        containsString("a\uFFFD"));
  }

  @Test
  void aPageFullOfMarks_isReadInNoTime() {
    assertThat(classify(400, "<".repeat(2_000_000)).status(), is(400));
    assertThat(classify(400, "<script ".repeat(200_000)).status(), is(400));
    assertThat(
        classify(502, "<html><script>x</script><b>Bad</b> Gateway</html>").message(),
        containsString("Bad Gateway"));
    assertThat(
        classify(502, "<html><script>var secret</script></html>").message(),
        not(containsString("secret")));
  }
}
