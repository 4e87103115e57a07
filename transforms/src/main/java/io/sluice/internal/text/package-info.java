/** Texts of any origin: what UTF-8 can hold of them, and cuts that halve no character. */
@NullMarked
package io.sluice.internal.text;

import org.jspecify.annotations.NullMarked;
