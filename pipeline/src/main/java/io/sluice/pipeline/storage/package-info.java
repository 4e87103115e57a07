/** What Beam's file systems of object stores need to be told. */
@NullMarked
package io.sluice.pipeline.storage;

import org.jspecify.annotations.NullMarked;
