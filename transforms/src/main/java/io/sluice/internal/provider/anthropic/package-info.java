/**
 * Anthropic. In come questions, and requests to send; out go Messages and message batches, and what
 * the API answers comes back as replies in everybody's words.
 */
@NullMarked
package io.sluice.internal.provider.anthropic;

import org.jspecify.annotations.NullMarked;
