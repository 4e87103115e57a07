/**
 * What a provider's answer says, whichever it is: in come bodies, as text or JSON; out go usage,
 * the text of an answer, and what an error means. A provider's room knows only where in its format
 * these are. Never throws, whatever a body holds.
 */
@NullMarked
package io.sluice.internal.answers;

import org.jspecify.annotations.NullMarked;
