/**
 * What servers say of limits and waits, in headers, bodies and words of any provider. In come
 * headers and bodies as they are; out come bounded durations and limits, or nothing where nothing
 * is understood.
 */
@NullMarked
package io.sluice.internal.http.hints;

import org.jspecify.annotations.NullMarked;
