package io.sluice.spi;

import java.io.Serializable;

/**
 * One request to a model, ready to send.
 *
 * @param fingerprint SHA-256 (64 hex digits) of the canonical request: equal requests have equal
 *     fingerprints
 * @param body the body as JSON text; never contains a key
 * @param inputTokens tokens of the input, counted or estimated before sending
 * @param maxOutputTokens the most tokens the answer may have as far as known; 0 for embeddings
 */
public record Request(String fingerprint, String body, long inputTokens, long maxOutputTokens)
    implements Serializable {}
