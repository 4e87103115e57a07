/**
 * Connections to a provider: over which proxy, how long, how much, and that an answer belongs to
 * its request. In goes a request, out comes a response that is read within its bounds. Knows
 * nothing of what is asked.
 */
@NullMarked
package io.sluice.internal.http.net;

import org.jspecify.annotations.NullMarked;
