/** Files where they lie, by names that are taken as they are. */
@org.jspecify.annotations.NullMarked
package io.sluice.internal.store;
