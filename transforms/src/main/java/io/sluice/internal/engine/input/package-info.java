/** What a provider's count of a request's input says of it. */
@NullMarked
package io.sluice.internal.engine.input;

import org.jspecify.annotations.NullMarked;
