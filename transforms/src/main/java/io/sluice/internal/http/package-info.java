/**
 * HTTP as providers share it. In come requests and the address and key of an account ({@link
 * io.sluice.spi.Connection}); out come replies: what a body says is the provider's to read, what a
 * broken connection, a status, a wait or a rate header means is known here. Where keys are found,
 * and how long is waited before a call is repeated, is here as well. No provider is named.
 */
@NullMarked
package io.sluice.internal.http;

import org.jspecify.annotations.NullMarked;
