/**
 * Texts of any origin: what UTF-8 can hold of them, cuts that halve no character, and JSON as it
 * comes.
 */
@NullMarked
package io.sluice.internal.text;

import org.jspecify.annotations.NullMarked;
